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
		gate.Probed(pace.ProbeRefused)
		require.Equal(t, 2*time.Second, enter(t, gate, true))
		gate.Probed(pace.ProbeRefused)
		require.Equal(t, 3*time.Second, enter(t, gate, true), "capped")
		gate.Probed(pace.ProbeIdle)
		require.Equal(t, time.Second, enter(t, gate, true), "soon, as there may be a job on another lane")
		gate.Probed(pace.ProbePassed)
		require.Zero(t, enter(t, gate, false))
	})
}

// A sick API is looked at sooner and more often than a refused key, and what does not answer is still sick.
func TestTrippedGateProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{})
		require.True(t, gate.Trip("9 of 10 calls failed"))
		require.False(t, gate.Trip("10 of 10 calls failed"))
		require.Equal(t, "9 of 10 calls failed", gate.State().Tripped)
		require.Empty(t, gate.State().Halted)

		for _, seconds := range []float64{1, 2, 4, 8, 16, 30, 30} {
			require.InDelta(t, seconds, enter(t, gate, true).Seconds(), 0)
			require.False(t, gate.Probed(pace.ProbeUnanswered))
		}

		require.Equal(t, 30*time.Second, enter(t, gate, true))
		require.True(t, gate.Probed(pace.ProbePassed))
		require.Zero(t, enter(t, gate, false))
	})
}

func TestHaltComesBeforeTrip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{})
		gate.Trip("sick")
		enter(t, gate, true)
		require.True(t, gate.Halt("key expired"), "the probe finds a refused key")
		gate.Probed(pace.ProbeRefused)
		require.False(t, gate.Trip("sick"))
		require.Equal(t, pace.State{
			Halted: "key expired", Since: time.Now(), NextProbe: time.Now().Add(10 * time.Second),
		}, gate.State())

		require.Equal(t, 10*time.Second, enter(t, gate, true))
		gate.Probed(pace.ProbeUnanswered)
		require.Equal(t, 10*time.Second, enter(t, gate, true), "no answer tells nothing of the key")
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

// A key has been replaced: it is tried at once, also where a call with the one before is still under way.
func TestTheNextProbeIsBroughtForward(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{})
		require.False(t, gate.ProbeNow(), "it is open")

		gate.HaltAdvised("signature refused", "replace the signing key")
		require.Equal(t, "replace the signing key", gate.State().Advice)

		for range 8 {
			enter(t, gate, true)
			gate.Probed(pace.ProbeRefused)
		}

		require.True(t, gate.ProbeNow())
		require.Zero(t, enter(t, gate, true))

		require.True(t, gate.ProbeNow(), "while one is under way")
		gate.Probed(pace.ProbeRefused)
		require.Zero(t, enter(t, gate, true))
		gate.Probed(pace.ProbeRefused)
		require.Equal(t, 20*time.Second, enter(t, gate, true), "the intervals grow anew")
		require.True(t, gate.Probed(pace.ProbePassed))
	})
}

// Who waits for a probe that is minutes away is woken.
func TestAProbeThatIsBroughtForwardWakesWhoWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{FirstProbe: time.Hour})
		gate.Halt("signature refused")

		waited := make(chan time.Duration, 1)
		began := time.Now()

		go func() {
			probe, err := gate.Enter(t.Context())
			if probe && err == nil {
				waited <- time.Since(began)
			}
		}()

		synctest.Wait()
		gate.ProbeNow()
		require.Zero(t, <-waited)
	})
}

// A halt for refused credentials whose probe meets a failure of the API is a halt no more: what is left is a sick API. Before,
// it stayed a halt for as long as probes met failures.
func TestAHaltBecomesATripWhenTheAPIFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{})
		gate.HaltAdvised("signature refused", "replace the signing key")
		enter(t, gate, true)
		gate.Probed(pace.ProbeUnanswered)
		require.Equal(t, "signature refused", gate.State().Halted, "who does not answer has not looked at it")

		enter(t, gate, true)
		require.False(t, gate.Probed(pace.ProbeFailed))
		require.Empty(t, gate.State().Halted)
		require.Contains(t, gate.State().Tripped, "the call that was to end a halt failed")
		require.Empty(t, gate.State().Advice)

		require.Equal(t, time.Second, enter(t, gate, true), "and it is looked at as often as one")
		require.True(t, gate.Probed(pace.ProbePassed))
	})
}

// The last jobs of a program may be those on which the API always fails. They are tried at the same interval until none is left.
func TestATripIsNotMadeLongerByAJobThatFailsAlike(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{})
		gate.Trip("all calls failed")
		require.Equal(t, time.Second, enter(t, gate, true))

		for range 5 {
			gate.Probed(pace.ProbeFailedAgain)
			require.Equal(t, time.Second, enter(t, gate, true))
		}

		gate.Probed(pace.ProbeFailed)
		require.Equal(t, 2*time.Second, enter(t, gate, true))
	})
}

// What a worker lacked is there when a job gets as far as its call, whatever comes of that.
func TestAHaltOfOnesOwnEndsWithACall(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		result          pace.Probe
		halted, tripped bool
	}{
		"nothing came":               {pace.ProbeIdle, true, false},
		"it was lacking again":       {pace.ProbeAgain, true, false},
		"credentials were refused":   {pace.ProbeRefused, true, false},
		"nobody answered":            {pace.ProbeUnanswered, false, true},
		"the API failed":             {pace.ProbeFailed, false, true},
		"the API failed again":       {pace.ProbeFailedAgain, false, true},
		"the call was taken, or not": {pace.ProbePassed, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gate := pace.NewGate(pace.Options{})
				require.True(t, gate.HaltOwn("no key", "give it the key"))
				enter(t, gate, true)
				require.Equal(t, !c.halted && !c.tripped, gate.Probed(c.result))
				require.Equal(t, c.halted, gate.State().Halted != "")
				require.Equal(t, c.tripped, gate.State().Tripped != "")
			})
		})
	}
}

// That no job is left ends a halt for what this process lacks, and no other.
func TestAHaltOfOnesOwnEndsWithoutJobs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := pace.NewGate(pace.Options{})
		require.False(t, gate.EndOwnHalt())

		gate.HaltOwn("no key", "give it the key")
		enter(t, gate, true)
		require.False(t, gate.EndOwnHalt(), "a job is under way")
		gate.Probed(pace.ProbeIdle)
		require.True(t, gate.EndOwnHalt())
		require.Zero(t, enter(t, gate, false))

		gate.HaltOwn("no key", "give it the key")
		gate.HaltAdvised("signature refused", "replace the signing key")
		require.False(t, gate.EndOwnHalt())
	})
}
