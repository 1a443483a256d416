package cli_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

// Jobs of a file are lost before a worker sees them: watch and status say so instead of waiting for ever, and the same file
// submitted again sends just those, although the queue still takes them for duplicates.
func TestJobsThatAreLostBeforeAWorkerSeesThem(t *testing.T) {
	t.Parallel()

	const rows, missing = 10, 3

	s := newSystem(t)
	s.worker("first")
	s.submit("pause", "demo")
	s.becomes("paused since")
	s.send("b1", rows)

	require.Contains(t, s.submit("status", "b1"), "0 jobs seen by workers")
	require.NotContains(t, s.submit("status", "b1"), "lost", "they wait")

	nc, err := nats.Connect(strings.TrimPrefix(s.env[0], "ENROLL_NATS_URL="))
	require.NoError(t, err)
	t.Cleanup(nc.Close)

	js, err := jetstream.New(nc)
	require.NoError(t, err)
	stream, err := js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)

	require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeSequence(stream.CachedInfo().State.FirstSeq+missing)))

	s.submit("resume", "demo")

	code, out := run(t, s.env, "submit", "watch", "b1")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "3 jobs are lost: they were published, no worker has seen them")
	require.Contains(t, out, "submit b1.csv --program demo --batch b1")

	require.Contains(t, s.submit("status", "b1"), "3 jobs are lost")
	require.Contains(t, s.submit("status", "b1", "--json"), `"jobs_lost": 3`)

	out = s.submit(filepath.Join(s.dir, "b1.csv"), "--program", "demo", "--batch", "b1")
	require.Contains(t, out, "3 jobs of batch b1 were lost by the queue")
	require.Contains(t, out, "10 rows: 3 sent, 7 sent before, 0 rejected")

	out = s.submit("watch", "b1")
	require.Contains(t, out, "10 jobs seen by workers, 10 settled")
	require.NotContains(t, out, "lost")

	out = s.submit(filepath.Join(s.dir, "b1.csv"), "--program", "demo", "--batch", "b1")
	require.Contains(t, out, "10 rows: 0 sent, 10 sent before, 0 rejected")
}
