package pace_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/pace"
)

func TestSharesOfTheSlots(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ most, fresh, due int }{
		{64, 64, 16},
		{4, 4, 1},
		{1, 1, 1}, // neither lane is left without
		{0, 1, 1},
	} {
		slots := pace.NewSlots(1, c.most)
		require.Equal(t, c.fresh, slots.Acquire(t.Context(), pace.Fresh, math.MaxInt))
		require.Equal(t, c.due, slots.Acquire(t.Context(), pace.Due, math.MaxInt))
	}
}

func TestClaimWaitsForAFreeSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slots := pace.NewSlots(1, 8)
		require.Equal(t, 1, slots.Acquire(t.Context(), pace.Fresh, 1), "a probe takes one")
		require.Equal(t, 7, slots.Acquire(t.Context(), pace.Fresh, math.MaxInt))

		claimed := make(chan int)
		go func() { claimed <- slots.Acquire(t.Context(), pace.Fresh, math.MaxInt) }()

		synctest.Wait()
		slots.Release(pace.Due, 0)
		synctest.Wait()
		require.Empty(t, claimed)
		slots.Release(pace.Fresh, 2)
		require.Equal(t, 2, <-claimed)
	})
}

// What became of a job is written while another one is called for. A store that is slow stops the taking all the same.
func TestJobsAreSettledBesideThoseThatFillTheSlots(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ most, beside int }{
		"as many again":        {most: 8, beside: 8},
		"but not any number":   {most: 256, beside: 64},
		"of one slot, one":     {most: 1, beside: 1},
		"of no slots, one too": {most: 0, beside: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				slots := pace.NewSlots(1, c.most)
				held := slots.Acquire(t.Context(), pace.Fresh, math.MaxInt)
				settling := make([]*pace.Slot, held)

				for i := range settling {
					settling[i] = slots.Slot(pace.Fresh)
					settling[i].Settle()
					settling[i].Settle() // which changes nothing
				}

				require.Equal(t, c.beside, slots.Acquire(t.Context(), pace.Fresh, math.MaxInt))

				more := make(chan int)
				go func() { more <- slots.Acquire(t.Context(), pace.Fresh, math.MaxInt) }()

				synctest.Wait()
				require.Empty(t, more, "the store is slow")

				if c.beside == held { // all that are settled stand beside the others
					slots.Release(pace.Fresh, 1)
				} else {
					settling[0].Release()
				}

				require.Equal(t, 1, <-more)
			})
		})
	}
}

// Retries that are due wait for a seat like everybody else.
func TestSeatsAreAsManyAsCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slots := pace.NewSlots(1, 2)
		require.NoError(t, slots.AcquireSeat(t.Context()))
		require.NoError(t, slots.AcquireSeat(t.Context()))

		seated := make(chan error)
		go func() { seated <- slots.AcquireSeat(t.Context()) }()

		synctest.Wait()
		require.Empty(t, seated)

		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, slots.AcquireSeat(stopped), context.Canceled)

		slots.ReleaseSeat()
		require.NoError(t, <-seated)
	})
}

func TestClaimEndsWithItsContext(t *testing.T) {
	t.Parallel()

	slots := pace.NewSlots(1, 1)
	slots.Acquire(t.Context(), pace.Fresh, 1)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Zero(t, slots.Acquire(ctx, pace.Fresh, 1))
}

// An API whose calls take the longer the more of them there are gets fewer at once, and more again when it is well.
func TestLimitFollowsTheAPI(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const least, most = 4, 32

		pacer := pace.NewPacer(pace.PacerOptions{Least: least, Most: most})
		well := func(int) time.Duration { return 20 * time.Millisecond }
		burdened := func(running int) time.Duration { return time.Duration(running*running) * 2 * time.Millisecond }

		load(t, pacer, well, 30*time.Second)
		require.Equal(t, most, pacer.Limit())

		load(t, pacer, burdened, 2*time.Minute)
		require.Less(t, pacer.Limit(), most/2)
		require.GreaterOrEqual(t, pacer.Limit(), least)

		load(t, pacer, well, 5*time.Minute)
		require.Greater(t, pacer.Limit(), 3*most/4)
	})
}

// load calls as fast as the slots allow for some time of the bubble; how long a call takes depends on how many run.
func load(t *testing.T, pacer *pace.Pacer, takes func(running int) time.Duration, d time.Duration) {
	t.Helper()

	var (
		mu      sync.Mutex
		running int
		all     sync.WaitGroup
	)

	count := func(by int) int {
		mu.Lock()
		defer mu.Unlock()

		running += by

		return running
	}

	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()

	for n := pacer.Acquire(ctx, pace.Fresh, 1); n > 0; n = pacer.Acquire(ctx, pace.Fresh, 1) {
		all.Go(func() {
			ended := pacer.Call(context.WithoutCancel(ctx)).End
			<-time.After(takes(count(1))) // of the bubble
			count(-1)
			ended(pace.Succeeded)
			pacer.Release(pace.Fresh, 1)
		})
	}

	all.Wait()
}
