package enroll_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// The row says when the queue took the job, whatever became of it since: it has been read, tried again, or could not be read.
func TestARowSaysWhenItsJobWasPublished(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.publish("good", sandbox.PAN(0, 1))
	r.publish("retried", sandbox.PAN(50, 1))
	r.publishRaw(jobs.Subject("demo"), []byte(`{"schema":1,"id":"broken"}`))

	stream, err := r.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)

	published := map[string]time.Time{}

	for i, id := range []string{"good", "retried", "broken"} {
		msg, err := stream.GetMsg(t.Context(), uint64(i+1))
		require.NoError(t, err)

		published[id] = msg.Time.UTC().Truncate(time.Microsecond) // as Postgres keeps it
	}

	stop := r.start()
	r.outcomesOf(3)
	stop()

	require.Equal(t, 2, r.row("retried").Attempts)

	for id, at := range published {
		found, err := r.store.Find(t.Context(), store.KeyJob, id, 1)
		require.NoError(t, err)
		require.Len(t, found, 1, id)
		require.Equal(t, at, found[0].QueuedAt.Truncate(time.Microsecond), id)
	}
}
