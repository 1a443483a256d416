package enroll_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// The queue's clock jumps ahead by hours, and more retries than the consumer has places come out early. They are scheduled again.
// Before, they were handed back and kept their places, so that a retry that was truly due waited behind them.
func TestRetriesThatFireEarlyHoldUpNoOther(t *testing.T) {
	t.Parallel()

	const places, early = 3, 8 // fewer calls than trip the breaker

	r := newRig(t)
	r.placesOfRetries(places)
	r.config.Jitter = func() float64 { return 0.5 }
	r.retryAfter(30 * time.Minute)
	r.config.QueueNow = func() time.Time { return time.Now().Add(-3 * time.Hour) } // the queue's clock was put forward since we looked

	for i := range early {
		r.publish(fmt.Sprintf("early-%d", i), sandbox.PAN(50, i))
	}

	stop := r.start()

	for i := range early {
		id := fmt.Sprintf("early-%d", i)
		eventually.True(t, func() bool { return r.firesAfter(id, 10*time.Minute) }, patience, 10*time.Millisecond)
		require.Equal(t, store.StatusRetrying, r.row(id).Status)
		require.Equal(t, 1, r.row(id).Attempts, "it was not called before its time")
	}

	body, err := r.seal("due", sandbox.PAN(0, 100)).Encode()
	require.NoError(t, err)
	r.publishRaw(jobs.DueSubject("demo"), body)

	require.Equal(t, "due", r.outcome().ID)
	stop()
}

// placesOfRetries makes the consumer of due retries anew, with so many places.
func (r *rig) placesOfRetries(n int) {
	r.t.Helper()

	r.config.Topology.MaxAckPending = n

	for _, lane := range r.config.Topology.Lanes() {
		if lane.Due() {
			require.NoError(r.t, r.js.DeleteConsumer(r.t.Context(), lane.Stream, lane.Consumer.Durable))
			_, err := jobs.EnsureLane(r.t.Context(), r.js, lane)
			require.NoError(r.t, err)
		}
	}
}

// firesAfter reports whether a schedule stands for a job that fires after that time at the earliest.
func (r *rig) firesAfter(id string, wait time.Duration) bool {
	stream, err := r.js.Stream(r.t.Context(), jobs.StreamRetry)
	if err != nil {
		return false
	}

	msg, err := stream.GetLastMsgForSubject(r.t.Context(), jobs.RetrySubject("demo", id))
	if err != nil {
		return false
	}

	at, err := time.Parse("@at "+time.RFC3339Nano, msg.Header.Get("Nats-Schedule"))

	return err == nil && at.After(time.Now().Add(wait))
}
