package cli_test

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// An upstream system that was away for longer than events are kept gets them once more.
func TestAnnouncingOutcomesAgain(t *testing.T) {
	t.Parallel()

	const n = 2000

	p := newPurging(t, n)

	out := p.submit("announce", "--since", "8760h", "--rate", "0")
	require.Contains(t, out, "2000 jobs ended from ")
	require.Contains(t, out, "0  events published")
	require.Contains(t, out, "2000  events had been published within the queue's window for duplicates (2m0s): they are in the stream, once")
	require.EqualValues(t, n, p.events())

	require.NoError(t, p.js.DeleteStream(t.Context(), jobs.StreamOutcomes))
	_, err := jobs.Ensure(t.Context(), p.js, jobs.Topology{Programs: []string{"demo"}})
	require.NoError(t, err)

	require.Contains(t, p.submit("announce", "--since", "8760h", "--dry-run"), "2000 jobs ended from ")
	require.Zero(t, p.events())

	interrupted := start(t, p.env, "submit", "announce", "--since", "8760h", "--rate", "500", "--why", "the portal was away")
	eventually.True(t, func() bool { return p.events() > 1100 }, patience, tick)
	require.NoError(t, interrupted.Process.Signal(syscall.SIGINT))
	require.Equal(t, 1, interrupted.exit(t), interrupted.out)
	require.Contains(t, interrupted.out.String(), "to go on there: --since 2")

	var report struct {
		Announced  int `json:"announced"`
		Duplicates int `json:"duplicates"`
	}
	out = p.submit("announce", "--since", "8760h", "--rate", "0", "--json")
	require.NoError(t, json.Unmarshal([]byte(out[strings.Index(out, "{"):strings.LastIndex(out, "}")+1]), &report), out)
	require.Equal(t, n, report.Announced)
	require.Greater(t, report.Duplicates, 1000)
	require.EqualValues(t, n, p.events())

	var acts []struct {
		Act    string `json:"act"`
		Status string `json:"status"`
		Why    string `json:"why"`
	}
	require.NoError(t, json.Unmarshal([]byte(p.submit("acts", "--json")), &acts))
	require.Len(t, acts, 3, "a dry run is none")
	require.Equal(t, "interrupted", acts[1].Status)
	require.Equal(t, "the portal was away", acts[1].Why)
}

func TestWrongUsageOfAnnounce(t *testing.T) {
	t.Parallel()

	good := []string{"--database-url=" + stacktest.Database(t), "--nats-url=nats://" + closedPort}

	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no time":          {nil, "--since or ENROLL_SINCE is missing"},
		"no program":       {[]string{"--since", "24h", "--program", "A b"}, `--program: "A b" must be 1 to 32`},
		"a negative rate":  {[]string{"--since", "24h", "--rate=-1"}, "--rate: -1 must be 0 or more"},
		"no such key file": {[]string{"--since", "24h", "--intake-key-files", "no-such-file"}, "--intake-key-files"},
	} {
		code, out := run(t, nil, "submit", append([]string{"announce"}, append(c.args, good...)...)...)
		require.Equal(t, 2, code, "%s: %s", name, out)
		require.Contains(t, out, c.says, name)
	}
}
