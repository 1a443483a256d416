package pace_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/pace"
)

func TestGateIsOpenAtFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{})
		require.Zero(t, enter(t, gate, false))
		requireClosed(t, gate, 0, false)

		gate.CoolDown(time.Second)
		requireClosed(t, gate, time.Second, true)

		gate.Halt("key expired")
		requireClosed(t, gate, 5*time.Second, true)
	})
}

func TestCoolDownHoldsEverybodyUntilItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{})
		gate.CoolDown(10 * time.Second)
		gate.CoolDown(3 * time.Second) // shorter: changes nothing
		require.Equal(t, 10*time.Second, enter(t, gate, false))
		require.Zero(t, gate.State())
	})
}

func TestHaltedGateProbesAtGrowingIntervals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{FirstProbe: time.Second, LongestProbe: 3 * time.Second})
		require.True(t, gate.Halt("signature refused"))
		require.False(t, gate.Halt("signature refused"), "the alarm is raised once")
		require.Equal(t, "signature refused", gate.State().Halted)

		require.Equal(t, time.Second, enter(t, gate, true))
		gate.Probed(pace.ProbeFailed)
		require.Equal(t, 2*time.Second, enter(t, gate, true))
		gate.Probed(pace.ProbeFailed)
		require.Equal(t, 3*time.Second, enter(t, gate, true), "capped")
		gate.Probed(pace.ProbeIdle)
		require.Equal(t, 3*time.Second, enter(t, gate, true))
		gate.Probed(pace.ProbePassed)
		require.Zero(t, enter(t, gate, false))
	})
}

func TestOnlyOneProbeAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{FirstProbe: time.Second})
		gate.Halt("key expired")
		enter(t, gate, true)

		entered := make(chan bool)
		go func() {
			probe, err := gate.Enter(t.Context())
			entered <- probe || err != nil
		}()

		synctest.Wait()
		require.Empty(t, entered)
		gate.Probed(pace.ProbePassed)
		require.False(t, <-entered, "the second gets in when the gate opens, and not as a probe")
	})
}

func TestEnterEndsWithItsContext(t *testing.T) {
	t.Parallel()

	gate := pace.NewGate(pace.Options{})
	gate.Halt("client id unknown")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := gate.Enter(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestBackoff(t *testing.T) {
	t.Parallel()

	b := pace.Backoff{Base: time.Second, Cap: 10 * time.Second}
	for _, c := range []struct {
		attempts int
		jitter   float64
		want     time.Duration
	}{
		{1, 0.5, time.Second},
		{1, 0, 500 * time.Millisecond},
		{2, 0.5, 2 * time.Second},
		{4, 0.5, 8 * time.Second},
		{5, 0.5, 10 * time.Second},
		{1_000_000, 1, 15 * time.Second},
	} {
		require.Equal(t, c.want, b.Delay(c.attempts, c.jitter))
	}
}

func requireClosed(t *testing.T, gate *pace.Gate, wantAtLeast time.Duration, want bool) {
	t.Helper()

	atLeast, closed := gate.Closed()
	require.Equal(t, want, closed)
	require.Equal(t, wantAtLeast, atLeast)
}

// enter returns how long it took to get in.
func enter(t *testing.T, gate *pace.Gate, wantProbe bool) time.Duration {
	t.Helper()

	start := time.Now()
	probe, err := gate.Enter(t.Context())
	require.NoError(t, err)
	require.Equal(t, wantProbe, probe)

	return time.Since(start)
}
