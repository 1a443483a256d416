package pace

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"
)

// Grant is the right to make some calls, each at its time.
type Grant struct {
	// Bursts are the calls, the earliest first; there are none when none may be made soon.
	Bursts []Burst
	// Good is for how long after its time a call may still be made. After that the right to it is lost: a call
	// that is made later would come together with others.
	Good time.Duration
	// Wait is when to ask again where there are none.
	Wait time.Duration
}

// Burst is a number of calls that may be made at the same time.
type Burst struct {
	At    time.Time
	Calls int
}

// Allocator shares the calls that a program may make out among workers.
type Allocator interface {
	// Allocate grants calls, as many as are wanted at most, and none whose time comes before the delay has passed.
	Allocate(ctx context.Context, want int, delay time.Duration) (Grant, error)
}

// fallbackDelay is the pause after an allocator that could not be asked: the agreed rate is kept, so nothing is called meanwhile.
const fallbackDelay = time.Second

// Tokens are the calls that this worker may make, a program's agreed rate being shared with other workers. A token
// has a time at which it is spent. One that is not spent then is lost, so that tokens are never saved up and spent together.
//
// A job takes a token before it is claimed (Take) and spends one just before it is sent (Spend). Tokens are
// alike: a job whose claim took long spends one that another job has taken, which takes that job's in turn.
type Tokens struct {
	allocator Allocator // nil: there is no limit

	asking chan struct{} // holds one: the others wait for what it brings

	mu       sync.Mutex
	bursts   []reservedBurst
	good     time.Duration
	taking   int // jobs that wait for a token to take
	spending int // jobs that wait for the time of a token
	lead     time.Duration
	changed  chan struct{} // closed and replaced when tokens become free
}

// reservedBurst is a burst some of whose calls have been taken by jobs that are being claimed.
type reservedBurst struct {
	Burst

	reserved int
}

// NewTokens makes tokens that are granted by an allocator; without one they are free.
func NewTokens(allocator Allocator) *Tokens {
	return &Tokens{
		allocator: allocator, lead: firstLead,
		asking: make(chan struct{}, 1), changed: make(chan struct{}),
	}
}

// Take waits for a token and reserves it. It fails only when the context ends.
func (t *Tokens) Take(ctx context.Context) error {
	if t.allocator == nil {
		return ctx.Err()
	}

	t.count(&t.taking, 1)
	defer t.count(&t.taking, -1)

	for {
		taken, changed := t.take()
		if taken {
			return nil
		}

		if err := t.await(ctx, changed, forever, t.needTaking); err != nil {
			return err
		}
	}
}

// Return gives back a token that was taken and will not be spent. It keeps its time: if no other job is ready by
// then, it is lost.
func (t *Tokens) Return() {
	t.mu.Lock()
	defer t.mu.Unlock()

	for i := len(t.bursts) - 1; i >= 0; i-- {
		if t.bursts[i].reserved > 0 {
			t.bursts[i].reserved--
			t.wake()

			return
		}
	}
}

// Spend waits for the time of a token and spends it: the call is to be made now, and no later than the time that is
// returned; zero stands for no limit. It fails only when the context ends.
func (t *Tokens) Spend(ctx context.Context) (notAfter time.Time, err error) {
	if t.allocator == nil {
		return time.Time{}, ctx.Err()
	}

	t.arrive()
	defer t.count(&t.spending, -1)

	for {
		notAfter, next, enough, changed := t.spend()

		switch {
		case !notAfter.IsZero():
			return notAfter, nil
		case enough:
			err = sleep(ctx, changed, next)
		default:
			err = t.await(ctx, changed, next, t.needSpending)
		}

		if err != nil {
			return time.Time{}, err
		}
	}
}

// take reserves a token that nobody has, nor waits for.
func (t *Tokens) take() (taken bool, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.free() <= t.owed() {
		return false, t.changed
	}

	for i := range t.bursts {
		if b := &t.bursts[i]; b.Calls > b.reserved {
			b.reserved++
			break
		}
	}

	return true, nil
}

// spend spends the earliest token if its time has come. If not it returns how long that takes, and whether there are
// enough tokens for all that wait.
func (t *Tokens) spend() (notAfter time.Time, next time.Duration, enough bool, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.expire()

	if len(t.bursts) == 0 {
		return time.Time{}, forever, false, t.changed
	}

	first := &t.bursts[0]

	if next := time.Until(first.At); next > 0 {
		return time.Time{}, next, t.calls() >= t.spending, t.changed
	}

	first.Calls--
	first.reserved = max(first.reserved-1, 0)

	return first.At.Add(t.good), 0, true, nil
}

// forever is a time that does not come.
const forever = time.Duration(math.MaxInt64)

// await asks the allocator for what is needed, unless somebody else does, until there is something new or the next
// token's time has come.
func (t *Tokens) await(
	ctx context.Context, changed <-chan struct{}, next time.Duration, need func() (want int, delay time.Duration),
) error {
	timer := time.NewTimer(next)
	defer timer.Stop()

	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
		return nil
	case <-timer.C:
		return nil
	case t.asking <- struct{}{}:
	}

	defer func() { <-t.asking }()

	want, delay := need()
	if want <= 0 { // somebody has got them since
		return nil
	}

	grant, err := t.allocator.Allocate(ctx, want, delay)
	if err != nil {
		grant = Grant{Wait: fallbackDelay} // the allocator has said why
	}

	if len(grant.Bursts) > 0 {
		t.add(grant)
		return nil
	}

	return sleep(ctx, changed, min(grant.Wait, next))
}

// add puts granted calls with those that are there.
func (t *Tokens) add(grant Grant) {
	t.mu.Lock()
	defer t.mu.Unlock()

	for _, burst := range grant.Bursts {
		t.bursts = append(t.bursts, reservedBurst{Burst: burst})
	}

	slices.SortStableFunc(t.bursts, func(a, b reservedBurst) int { return a.At.Compare(b.At) })

	t.good = grant.Good
	t.wake()
}

// wake has those that wait look again; mu is held.
func (t *Tokens) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// sleep waits for a while, for a change or for the end.
func sleep(ctx context.Context, changed <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()

	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
		return nil
	case <-timer.C:
		return nil
	}
}
