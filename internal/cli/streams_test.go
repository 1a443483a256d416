package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStreamsAreChangedWhenItIsAskedFor(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	s.env = append(s.env, "worker|ENROLL_NATS_URL="+strings.TrimPrefix(s.env[0], "ENROLL_NATS_URL=")) // as who owns the queue
	s.worker("w")

	streams := func(code int, args ...string) string {
		t.Helper()

		got, out := run(t, s.env, "worker", append([]string{"streams"}, args...)...)
		require.Equal(t, code, got, out)

		return out
	}

	require.Equal(t, "streams and consumers are as the settings say\n", streams(0, "diff"))

	changed := []string{"--outcomes-max-age", "24h", "--max-ack-pending", "77"}

	out := streams(3, append([]string{"diff"}, changed...)...)
	require.Regexp(t, `(?m)^ENROLL_OUTCOMES +max_age +has 168h0m0s, should have 24h0m0s$`, out)
	require.Contains(t, out, "\nTo change max_age of ENROLL_OUTCOMES removes at once: messages older than 24h0m0s\n")
	require.Contains(t, out, "enroll-workers-demo")

	var lines []map[string]string
	require.NoError(t, json.Unmarshal([]byte(streams(3, append([]string{"diff", "--json"}, changed...)...)), &lines))
	require.Contains(t, lines, map[string]string{
		"object": "enroll-workers-demo", "setting": "max_ack_pending", "have": "10000", "want": "77",
	})

	// Without a yes nothing is changed.
	for _, answer := range []string{"", "no\n", "y\n"} {
		in := filepath.Join(t.TempDir(), "answer")
		require.NoError(t, os.WriteFile(in, []byte(answer), 0o600))

		file, err := os.Open(in)
		require.NoError(t, err)

		c := launch(t, file, s.env, "worker", append([]string{"streams", "apply"}, changed...)...)
		require.Equal(t, 1, c.exit(t), c.out)
		require.NoError(t, file.Close())
		require.Contains(t, c.out.String(), "nothing was changed; answer yes, or give --yes")
	}

	streams(3, append([]string{"diff"}, changed...)...)

	out = streams(0, append([]string{"apply", "--yes"}, changed...)...)
	require.Contains(t, out, "3 changed\n")
	require.Equal(t, "streams and consumers are as the settings say\n", streams(0, append([]string{"diff"}, changed...)...))

	require.Contains(t, streams(2, "diff", "--replicas", "2"), "--replicas: 2 is not 1, 3 or 5")

	out = streams(1, "apply", "--yes", "--replicas", "3")
	require.Contains(t, out, "\na single server keeps one copy: give --replicas 1, or run a cluster\n0 of ")
}
