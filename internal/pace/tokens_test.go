package pace_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/pace"
)

// bank lends what it is told to, one loan after the other.
type bank struct {
	mu    sync.Mutex
	loans []pace.Loan
	asked int
	err   error
}

func (b *bank) Lend(context.Context) (pace.Loan, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	b.asked++
	if b.err != nil {
		return pace.Loan{}, b.err
	}

	if len(b.loans) == 0 {
		return pace.Loan{Wait: time.Hour}, nil
	}

	loan := b.loans[0]
	b.loans = b.loans[1:]

	return loan, nil
}

func TestTokensAreFreeWithoutALender(t *testing.T) {
	t.Parallel()

	tokens := pace.NewTokens(nil)
	for range 1000 {
		require.NoError(t, tokens.Take(t.Context()))
	}
}

func TestOneLoanServesManyCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lender := &bank{loans: []pace.Loan{{Calls: 25, Good: time.Second}, {Wait: 100 * time.Millisecond}, {Calls: 25, Good: time.Second}}}
		tokens := pace.NewTokens(lender)
		start := time.Now()

		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { require.NoError(t, tokens.Take(t.Context())) })
		}

		all.Wait()
		require.Equal(t, 100*time.Millisecond, time.Since(start))
		require.Equal(t, 3, lender.asked)
	})
}

func TestUnusedTokensAreLetGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lender := &bank{loans: []pace.Loan{{Calls: 25, Good: time.Second}, {Calls: 1, Good: time.Second}}}
		tokens := pace.NewTokens(lender)
		require.NoError(t, tokens.Take(t.Context()))
		<-time.After(2 * time.Second) // of the bubble
		require.NoError(t, tokens.Take(t.Context()))
		require.Equal(t, 2, lender.asked)
	})
}

func TestReturnedTokenIsTakenAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lender := &bank{loans: []pace.Loan{{Calls: 1, Good: time.Second}}}
		tokens := pace.NewTokens(lender)
		require.NoError(t, tokens.Take(t.Context()))
		tokens.Return()
		require.NoError(t, tokens.Take(t.Context()))
		require.Equal(t, 1, lender.asked)
	})
}

// While nobody can be asked nothing is called: the agreed rate holds.
func TestNothingIsTakenWhileTheLenderIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lender := &bank{err: errors.New("no bucket")}
		tokens := pace.NewTokens(lender)

		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.ErrorIs(t, tokens.Take(ctx), context.DeadlineExceeded)
		require.InDelta(t, 10, lender.asked, 1, "asked once a second")

		lender.err, lender.loans = nil, []pace.Loan{{Calls: 1, Good: time.Second}}
		require.NoError(t, tokens.Take(t.Context()))
	})
}
