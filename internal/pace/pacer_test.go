package pace_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/pace"
)

func TestSickAPITripsTheGate(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		failed, served int
		trips          bool
	}{
		"every call fails":             {10, 0, true},
		"half of the calls fail":       {10, 10, true},
		"fewer than half fail":         {9, 11, false},
		"too few calls to tell":        {9, 0, false},
		"a card that fails among many": {8, 100, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var told []string

				pacer := pace.NewPacer(pace.PacerOptions{Most: 8, OnTrip: func(reason string) { told = append(told, reason) }})
				calls(t, pacer, pace.Succeeded, c.served)
				calls(t, pacer, pace.Failed, c.failed)

				require.Equal(t, c.trips, pacer.State().Tripped != "")
				require.Equal(t, c.trips, len(told) == 1)
			})
		})
	}
}

// Failures that lie apart are what retries are for.
func TestOldFailuresAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pacer := pace.NewPacer(pace.PacerOptions{Most: 8})

		for range 5 {
			calls(t, pacer, pace.Failed, 4)
			<-time.After(time.Minute) // of the bubble
		}

		require.Empty(t, pacer.State().Tripped)
	})
}

// After a trip the count begins anew, so that one more failure does not trip it again.
func TestRecoveredAPIIsGivenItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pacer := pace.NewPacer(pace.PacerOptions{Most: 8})
		calls(t, pacer, pace.Failed, 10)
		require.Contains(t, pacer.State().Tripped, "10 of 10 calls within 30s failed")

		probe, err := pacer.Enter(t.Context())
		require.NoError(t, err)
		require.True(t, probe)
		calls(t, pacer, pace.Succeeded, 1)
		require.True(t, pacer.Probed(pace.ProbePassed))

		calls(t, pacer, pace.Failed, 9)
		require.Empty(t, pacer.State().Tripped)
		calls(t, pacer, pace.Failed, 1)
		require.NotEmpty(t, pacer.State().Tripped)
	})
}

func TestRefusalsAndThrottlingTripNothing(t *testing.T) {
	t.Parallel()

	pacer := pace.NewPacer(pace.PacerOptions{Most: 8})
	calls(t, pacer, pace.Ignored, 100)
	require.False(t, pacer.State().Stopped())
}

// Calls end while others trip the gate.
func TestManyCallsFailAtOnce(t *testing.T) {
	t.Parallel()

	const callers, each = 16, 100

	told := make(chan string, callers*each)
	pacer := pace.NewPacer(pace.PacerOptions{Most: callers, OnTrip: func(reason string) { told <- reason }})

	var all sync.WaitGroup
	for range callers {
		all.Go(func() { calls(t, pacer, pace.Failed, each) })
	}

	all.Wait()
	require.Len(t, told, 1)
}

// A call beyond the limit waits for one to end.
func TestCallsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pacer := pace.NewPacer(pace.PacerOptions{Most: 2})
		first, second := pacer.Call(t.Context()), pacer.Call(t.Context())

		third := make(chan *pace.Call)
		go func() { third <- pacer.Call(t.Context()) }()

		synctest.Wait()
		require.Empty(t, third)
		first.End(pace.Succeeded)
		(<-third).End(pace.Succeeded)
		second.End(pace.Succeeded)
	})
}

func TestCallOfAnEndedContextHoldsNothing(t *testing.T) {
	t.Parallel()

	pacer := pace.NewPacer(pace.PacerOptions{Most: 1})
	running := pacer.Call(t.Context())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pacer.Call(ctx).End(pace.Failed)

	running.End(pace.Succeeded)
	pacer.Call(t.Context()).End(pace.Succeeded)
}

// calls makes calls one after the other.
func calls(t *testing.T, pacer *pace.Pacer, result pace.Result, n int) {
	t.Helper()

	for range n {
		pacer.Call(t.Context()).End(result)
	}
}

// Who watches hears of an API that is found sick by the probe of a halt, and why.
func TestATripThatWasAHaltIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told []string

		pacer := pace.NewPacer(pace.PacerOptions{Least: 1, Most: 4, OnTrip: func(reason string) { told = append(told, reason) }})
		pacer.Halt("signature refused")
		enter(t, pacer.Gate, true)
		pacer.Guard.Failed("INTERNAL: server error")
		require.False(t, pacer.Probed(pace.ProbeFailed))
		require.Equal(t, []string{"the call that was to end a halt failed: INTERNAL: server error"}, told)
		require.Equal(t, told[0], pacer.State().Tripped)
	})
}
