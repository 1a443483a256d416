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
	"enroll.example/clicktopay/test/parts"
)

// A halt whose cause is mended does not stay one because the API fails with all that is left: before, it named the wrong key for
// as long as probes met a 500.
func TestAHaltThatIsMendedWhileTheAPIFails(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.signing.set(t, testKeys().other)

	for i := range 3 {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(51, i)) // 500 always
	}

	stop := r.start()
	pacer := r.config.Pacers["demo"]
	eventually.True(t, func() bool { return pacer.State().Halted != "" }, patience, time.Millisecond)

	r.signing.set(t, testKeys().signing)

	for _, outcome := range r.outcomesOf(3) {
		require.Equal(t, "dead", outcome.Status)
	}

	require.Empty(t, pacer.State().Halted)
	require.Contains(t, pacer.State().Tripped, "INTERNAL")

	r.publish("good", sandbox.PAN(0, 1))
	require.Equal(t, "enrolled", r.outcome().Status)
	eventually.True(t, func() bool { return !pacer.State().Stopped() }, patience, time.Millisecond)

	stop()
	r.drained()
}

// What a worker is halted for may be worked on by another one: then nothing is left that it is halted for. Before, it stayed
// halted, and unready, until the next job came.
func TestAHaltOfTheWorkersOwnEndsWhenNoJobIsLeft(t *testing.T) {
	t.Parallel()

	other, err := jobs.NewKeyRing(parts.IntakeKey(t))
	require.NoError(t, err)

	for name, c := range map[string]struct {
		jobs int
		keys func() *jobs.KeyRing
	}{
		"for a key that it lacks": {1, func() *jobs.KeyRing { return other }},
		"for panics":              {20, func() *jobs.KeyRing { panic(secretOfPanic) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			good := r.config.Keys()
			r.config.Keys = c.keys

			for i := range c.jobs {
				r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
			}

			r.start()
			halted := r.config.Pacers["demo"]
			eventually.True(t, func() bool { return halted.State().Halted != "" }, patience, time.Millisecond)

			r.config.Name, r.config.Keys = "worker-2", func() *jobs.KeyRing { return good }
			r.start()

			for i := range c.jobs {
				eventually.True(t, func() bool {
					outcome, found, err := r.store.Outcome(t.Context(), fmt.Sprintf("job-%d", i))
					return err == nil && found && outcome.Status == store.StatusEnrolled
				}, patience, 5*time.Millisecond)
			}

			eventually.True(t, func() bool { return !halted.State().Stopped() }, patience, time.Millisecond)
		})
	}
}
