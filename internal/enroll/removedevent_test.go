package enroll_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
)

// An upstream system that was away for longer than events are kept publishes its job's id again. The event has the id that it had
// then, and must be stored all the same: who reads the stream from now on finds it.
func TestAnEventThatTheStreamHasRemovedIsStoredAgain(t *testing.T) {
	t.Parallel()

	for name, remove := range map[string]func(*testing.T, *rig){
		"by its age": func(t *testing.T, r *rig) {
			t.Helper()
			changeEvents(t, r, func(c *jetstream.StreamConfig) { c.MaxAge = time.Second })
		},
		"by an operator's purge": func(t *testing.T, r *rig) {
			t.Helper()
			require.NoError(t, outcomesStream(t, r).Purge(t.Context()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			// The queue forgets the ids of events long before the events, as it does in production: after two minutes of days. It is
			// told before it has any, as NATS 2.15 may count to the end of the window that it had when the last one came.
			changeEvents(t, r, func(c *jetstream.StreamConfig) { c.Duplicates = 100 * time.Millisecond })

			stop := r.start()
			body, err := r.publish("job", sandbox.PAN(0, 1)).Encode()
			require.NoError(t, err)

			first := r.outcome()

			eventually.True(t, func() bool { return outcomesState(r).Msgs == 1 }, patience, 5*time.Millisecond)
			remove(t, r)
			eventually.True(t, func() bool { return outcomesState(r).Msgs == 0 }, patience, 5*time.Millisecond)

			before := outcomesState(r).LastSeq
			// The subscriber hears also of what is not stored, as long as the queue remembers the purged one's id.
			eventually.True(t, func() bool {
				r.publishRaw("enroll.jobs.demo", body)
				require.Equal(t, first, r.outcome())

				return outcomesState(r).LastSeq > before
			}, 3*patience, 50*time.Millisecond)
			require.Len(t, r.attempts("job"), 1, "no second call")

			stop()
			r.drained()
		})
	}
}

// changeEvents changes the settings of the stream of events.
func changeEvents(t *testing.T, r *rig, change func(*jetstream.StreamConfig)) {
	t.Helper()

	config := outcomesStream(t, r).CachedInfo().Config
	change(&config)

	_, err := r.js.UpdateStream(t.Context(), config)
	require.NoError(t, err)
}

func outcomesStream(t *testing.T, r *rig) jetstream.Stream {
	t.Helper()

	stream, err := r.js.Stream(t.Context(), jobs.StreamOutcomes)
	require.NoError(t, err)

	return stream
}

// outcomesState is what the stream of events holds, nothing when it does not say.
func outcomesState(r *rig) jetstream.StreamState {
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()

	stream, err := r.js.Stream(ctx, jobs.StreamOutcomes)
	if err != nil {
		return jetstream.StreamState{}
	}

	return stream.CachedInfo().State
}
