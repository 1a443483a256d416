package pace

import (
	"context"
	"sync"
	"time"
)

// Loan is the right to make some calls.
type Loan struct {
	// Calls may be made now, for the time of Good.
	Calls int
	Good  time.Duration
	// Wait is when to ask again where there were none.
	Wait time.Duration
}

// Lender lends the right to call in blocks, so that not each call asks for its own.
type Lender interface {
	Lend(ctx context.Context) (Loan, error)
}

// unaided is the pause after a lender that could not be asked: the agreed rate is kept, so nothing is called meanwhile.
const unaided = time.Second

// Tokens are the calls that may be made, a program's agreed rate being shared with other workers.
type Tokens struct {
	lender Lender // nil: there is no limit

	asking chan struct{} // holds one: the others wait for what it brings

	mu   sync.Mutex
	left int
	good time.Time
}

// NewTokens makes tokens that are borrowed; without a lender they are free.
func NewTokens(lender Lender) *Tokens { return &Tokens{lender: lender, asking: make(chan struct{}, 1)} }

// Take waits for a token and takes it. It fails only when the context ends.
func (t *Tokens) Take(ctx context.Context) error {
	if t.lender == nil {
		return ctx.Err()
	}

	for !t.take() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case t.asking <- struct{}{}:
		}

		err := t.borrow(ctx)
		<-t.asking

		if err != nil {
			return err
		}
	}

	return nil
}

func (t *Tokens) take() bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	if !t.some() {
		return false
	}

	t.left--

	return true
}

// some reports whether there are tokens; mu is held. What is not used soon is let go: a worker
// without jobs must not save up for a burst.
func (t *Tokens) some() bool { return t.left > 0 && !time.Now().After(t.good) }

// lent reports whether there are tokens.
func (t *Tokens) lent() bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	return t.some()
}

// borrow asks for a loan, unless somebody has got one since, and waits where there is none.
func (t *Tokens) borrow(ctx context.Context) error {
	if t.lent() {
		return nil
	}

	loan, err := t.lender.Lend(ctx)
	if err != nil {
		loan = Loan{Wait: unaided} // the lender has said why
	}

	if loan.Calls > 0 {
		t.add(loan)
		return nil
	}

	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(loan.Wait):
		return nil
	}
}

func (t *Tokens) add(loan Loan) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.left, t.good = loan.Calls, time.Now().Add(loan.Good)
}

// Return gives back a token that was not used.
func (t *Tokens) Return() {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.lender != nil {
		t.left++
	}
}
