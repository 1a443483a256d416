package pace_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/pace"
)

const good = 15 * time.Millisecond

// granting is an allocator that grants what it is told to, one grant after the other.
type granting struct {
	mu     sync.Mutex
	grants []pace.Grant
	delays []time.Duration // that it was asked for
	err    error
}

func (g *granting) Allocate(_ context.Context, _ int, delay time.Duration) (pace.Grant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()

	g.delays = append(g.delays, delay)
	if g.err != nil {
		return pace.Grant{}, g.err
	}

	if len(g.grants) == 0 {
		return pace.Grant{Wait: time.Hour}, nil
	}

	grant := g.grants[0]
	g.grants = g.grants[1:]

	return grant, nil
}

func (g *granting) asked() int {
	g.mu.Lock()
	defer g.mu.Unlock()

	return len(g.delays)
}

// in is a grant of so many calls after a time.
func in(d time.Duration, calls int) pace.Grant {
	return pace.Grant{Bursts: []pace.Burst{{At: time.Now().Add(d), Calls: calls}}, Good: good}
}

func spend(t *testing.T, tokens *pace.Tokens) {
	t.Helper()

	_, err := tokens.Spend(t.Context())
	require.NoError(t, err)
}

func TestTokensAreFreeWithoutAnAllocator(t *testing.T) {
	t.Parallel()

	tokens := pace.NewTokens(nil)
	for range 1000 {
		require.NoError(t, tokens.Take(t.Context()))

		notAfter, err := tokens.Spend(t.Context())
		require.NoError(t, err)
		require.Zero(t, notAfter)
	}
}

func TestOneGrantServesManyCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		allocator := &granting{grants: []pace.Grant{in(0, 25), {Wait: 100 * time.Millisecond}, in(100*time.Millisecond, 25)}}
		tokens := pace.NewTokens(allocator)
		start := time.Now()

		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				require.NoError(t, tokens.Take(t.Context()))
				spend(t, tokens)
			})
		}

		all.Wait()
		require.Equal(t, 100*time.Millisecond, time.Since(start))
		require.Equal(t, 3, allocator.asked())
	})
}

func TestATokenIsTakenBeforeItsTimeAndSpentAtIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tokens := pace.NewTokens(&granting{grants: []pace.Grant{in(50*time.Millisecond, 1)}})
		start := time.Now()

		require.NoError(t, tokens.Take(t.Context()))
		require.Zero(t, time.Since(start))

		notAfter, err := tokens.Spend(t.Context())
		require.NoError(t, err)
		require.Equal(t, 50*time.Millisecond, time.Since(start))
		require.Equal(t, start.Add(50*time.Millisecond+good), notAfter)
	})
}

// A token that waited for its job is not spent later, together with others.
func TestATokenIsLostAfterItsTime(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		late  time.Duration
		asked int
	}{
		"in time":          {0, 1},
		"just in time":     {good, 1},
		"too late":         {good + 1, 2},
		"ten seconds late": {10 * time.Second, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				allocator := &granting{grants: []pace.Grant{in(0, 25)}}
				tokens := pace.NewTokens(allocator)
				require.NoError(t, tokens.Take(t.Context()))
				<-time.After(c.late) // of the bubble

				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()

				_, err := tokens.Spend(ctx)
				require.Equal(t, c.asked == 1, err == nil)
				require.Equal(t, c.asked, allocator.asked())
			})
		})
	}
}

func TestAReturnedTokenKeepsItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		allocator := &granting{grants: []pace.Grant{in(time.Second, 1)}}
		tokens := pace.NewTokens(allocator)
		start := time.Now()

		require.NoError(t, tokens.Take(t.Context()))

		other := make(chan error)
		go func() { other <- tokens.Take(t.Context()) }()

		synctest.Wait()
		require.Empty(t, other, "there is one")
		tokens.Return()
		require.NoError(t, <-other)
		require.Zero(t, time.Since(start))

		spend(t, tokens)
		require.Equal(t, time.Second, time.Since(start))

		// Returned when its time has passed it is no token any more.
		tokens.Return()

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, tokens.Take(ctx), context.DeadlineExceeded)
	})
}

// What is returned twice, or was never taken, makes no token.
func TestReturningMakesNoTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tokens := pace.NewTokens(&granting{grants: []pace.Grant{in(time.Second, 2)}})
		tokens.Return()
		require.NoError(t, tokens.Take(t.Context()))

		for range 5 {
			tokens.Return()
		}

		require.NoError(t, tokens.Take(t.Context()))
		require.NoError(t, tokens.Take(t.Context()))

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, tokens.Take(ctx), context.DeadlineExceeded)
	})
}

// A job whose claim takes longer than its token lasts goes before those that are claimed after it, and does not wait for a
// new token while theirs are unused.
func TestAJobThatHasLostItsTokenSpendsTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		allocator := &granting{grants: []pace.Grant{in(0, 1), in(200*time.Millisecond, 1)}}
		tokens := pace.NewTokens(allocator)
		start := time.Now()

		require.NoError(t, tokens.Take(t.Context())) // of the slow one
		require.NoError(t, tokens.Take(t.Context())) // of another
		<-time.After(100 * time.Millisecond)         // of the bubble
		spend(t, tokens)
		require.Equal(t, 200*time.Millisecond, time.Since(start))
		require.Equal(t, 2, allocator.asked())
	})
}

// Jobs that are ready to be sent come before those that have yet to be claimed.
func TestWhatIsReadyComesBeforeWhatIsNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		allocator := &granting{grants: []pace.Grant{{Wait: 50 * time.Millisecond}, in(100*time.Millisecond, 1)}}
		tokens := pace.NewTokens(allocator)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)

		defer cancel()

		taken := make(chan error)
		go func() { taken <- tokens.Take(ctx) }()

		synctest.Wait()
		spend(t, tokens)
		require.ErrorIs(t, <-taken, context.DeadlineExceeded)
	})
}

// How long it takes to claim a job is learned from tokens that were lost meanwhile.
func TestTokensAreAskedForAsEarlyAsClaimsTakeLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const claim = 60 * time.Millisecond

		var asked []time.Duration

		tokens := pace.NewTokens(allocate(func(_ int, delay time.Duration) pace.Grant {
			asked = append(asked, delay)
			return in(delay, 1)
		}))

		for range 20 {
			require.NoError(t, tokens.Take(t.Context()))
			<-time.After(claim) // of the bubble
			spend(t, tokens)
		}

		require.Less(t, asked[0], claim-good)
		require.GreaterOrEqual(t, asked[len(asked)-1], claim-good)
		require.Less(t, len(asked), 20+8, "few were lost until then")
	})
}

type allocate func(want int, delay time.Duration) pace.Grant

func (a allocate) Allocate(_ context.Context, want int, delay time.Duration) (pace.Grant, error) {
	return a(want, delay), nil
}

// Whatever happens to jobs between token and call, no burst is larger than was granted, and none later.
func TestNoMoreIsSpentThanGrantedAndNothingLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const (
			every, size = 100 * time.Millisecond, 20
			jobs        = 2000
		)

		start := time.Now()
		booked := 0 // calls
		tokens := pace.NewTokens(allocate(func(want int, delay time.Duration) pace.Grant {
			at := max(time.Duration(booked/size)*every, time.Since(start)+delay)
			if number := int((at + every - 1) / every); number*size > booked {
				booked, at = number*size, time.Duration(number)*every
			}

			if ahead := at - time.Since(start); ahead > 2*every {
				return pace.Grant{Wait: ahead - 2*every}
			}

			n := min(want, size-booked%size)
			booked += n

			return in(at-time.Since(start), n)
		}))

		var (
			all   sync.WaitGroup
			mu    sync.Mutex
			spent = map[time.Duration]int{}
		)

		random := rand.New(rand.NewPCG(1, 2))

		for range 64 {
			all.Go(func() {
				for range jobs / 64 {
					require.NoError(t, tokens.Take(t.Context()))

					mu.Lock()
					claim, ends := time.Duration(random.ExpFloat64()*float64(20*time.Millisecond)), random.IntN(10)
					mu.Unlock()

					<-time.After(claim) // of the bubble

					if ends == 0 {
						tokens.Return()
						continue
					}

					spend(t, tokens)

					since := time.Since(start)
					require.LessOrEqual(t, since%every, good)

					mu.Lock()
					spent[since/every]++
					mu.Unlock()
				}
			})
		}

		all.Wait()

		total := 0
		for _, n := range spent {
			require.LessOrEqual(t, n, size)

			total += n
		}

		require.Greater(t, total*int(every), int(time.Since(start))*size*3/4, "most of what was granted was used")
	})
}

// While nobody can be asked nothing is called: the agreed rate holds.
func TestNothingIsTakenWhileTheAllocatorIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		allocator := &granting{err: errors.New("no bucket")}
		tokens := pace.NewTokens(allocator)

		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.ErrorIs(t, tokens.Take(ctx), context.DeadlineExceeded)
		require.InDelta(t, 10, allocator.asked(), 1, "asked once a second")

		allocator.err, allocator.grants = nil, []pace.Grant{in(0, 1)}
		require.NoError(t, tokens.Take(t.Context()))
	})
}
