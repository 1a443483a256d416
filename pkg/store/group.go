package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// group commits the requests of many callers together. Callers wait while their
// requests gather for a few milliseconds, or until there are enough; then one
// flush takes them all. A few flushes may run at once, never two for one key:
// requests with the same key are flushed in the order they came.
//
// What is wrong with one request must not touch the others. A flush that fails
// because of a row is repeated in halves until the row is alone, and each part is
// answered as soon as it is flushed. A request whose row is locked elsewhere goes
// back to the queue, for as long as patience lasts. So does a whole flush that was
// in the way of something greater than a row, a locked table for example: its
// halves would wait for the same, one after the other. Any other error, of the
// connection for example, goes to all of its callers.
type group[T, R any] struct {
	settings groupSettings
	flush    func(context.Context, []T) ([]answer[R], error)
	now      func() time.Time

	mu      sync.Mutex
	waiting []*call[T, R] // in the order they came
	busy    map[string]bool
	running int
	timer   *time.Timer
	wakeAt  time.Time // when the timer fires; zero: it is not set
	closed  bool
	flushes sync.WaitGroup
}

type groupSettings struct {
	delay    time.Duration // how long requests gather
	rows     int           // how many are enough, and the most in one flush
	slots    int           // flushes at once
	patience time.Duration // with rows locked elsewhere
	timeout  time.Duration // of one flush
}

// answer is what a flush found for one request.
type answer[R any] struct {
	value R
	err   error
	again bool // the row is locked: not written, not failed
}

type call[T, R any] struct {
	key     string
	request T
	ready   time.Time // when it need not wait for others any more
	since   time.Time
	waits   time.Duration // the last pause for a locked row
	left    bool          // its caller has gone
	answer  answer[R]
	done    chan struct{}
}

func newGroup[T, R any](settings groupSettings, flush func(context.Context, []T) ([]answer[R], error)) *group[T, R] {
	return &group[T, R]{settings: settings, flush: flush, busy: map[string]bool{}, now: time.Now}
}

// do hands the request to a flush and waits for its answer or for the end of ctx.
func (g *group[T, R]) do(ctx context.Context, key string, request T) (R, error) {
	var none R

	now := g.now()
	c := &call[T, R]{key: key, request: request, ready: now.Add(g.settings.delay), since: now, done: make(chan struct{})}

	g.mu.Lock()

	if g.closed {
		g.mu.Unlock()
		return none, ErrClosed
	}

	g.waiting = append(g.waiting, c)

	if len(g.waiting) >= g.settings.rows {
		g.schedule()
	} else if g.wakeAt.IsZero() || c.ready.Before(g.wakeAt) {
		g.setTimer(c.ready)
	}

	g.mu.Unlock()

	select {
	case <-c.done:
		return c.answer.value, c.answer.err
	case <-ctx.Done():
		g.mu.Lock()
		c.left = true
		g.mu.Unlock()

		return none, context.Cause(ctx)
	}
}

// close refuses new requests, flushes those that wait and returns when all have their answers.
func (g *group[T, R]) close() {
	g.mu.Lock()
	g.closed = true
	g.schedule()
	g.mu.Unlock()

	g.flushes.Wait()
}

// schedule starts the flushes that are due and sets the timer for the next one. Called with mu held. Both go by the same time: a
// call that became ready between two readings of the clock would be neither taken nor waited for.
func (g *group[T, R]) schedule() {
	now := g.now()

	for g.running < g.settings.slots {
		calls := g.take(now)
		if len(calls) == 0 {
			break
		}

		g.running++
		g.flushes.Add(1)

		go g.run(calls)
	}

	g.setTimer(g.nextReady(now))
}

// take removes the calls of the next flush from the queue: none if it is not due.
func (g *group[T, R]) take(now time.Time) []*call[T, R] {
	var (
		calls []*call[T, R]
		due   = g.closed
		taken = map[string]bool{}
		rest  = make([]*call[T, R], 0, len(g.waiting))
	)

	for _, c := range g.waiting {
		switch {
		case c.left:
			continue
		case len(calls) == g.settings.rows, taken[c.key], g.busy[c.key], c.waits > 0 && c.ready.After(now) && !g.closed:
			rest = append(rest, c)
		default:
			taken[c.key] = true
			calls = append(calls, c)
			due = due || !c.ready.After(now)
		}
	}

	if !due && len(calls) < g.settings.rows {
		return nil
	}

	g.waiting = rest
	for _, c := range calls {
		g.busy[c.key] = true
	}

	return calls
}

// nextReady is when the next waiting call will be ready, zero for none. Those that
// are ready already wait for a running flush, whose end calls schedule as well.
func (g *group[T, R]) nextReady(now time.Time) time.Time {
	var next time.Time

	for _, c := range g.waiting {
		if c.ready.After(now) && (next.IsZero() || c.ready.Before(next)) {
			next = c.ready
		}
	}

	return next
}

// setTimer has schedule called at the time given, instead of the one set before.
func (g *group[T, R]) setTimer(at time.Time) {
	if g.timer != nil {
		g.timer.Stop()
	}

	if g.wakeAt = at; at.IsZero() {
		return
	}

	g.timer = time.AfterFunc(time.Until(at), g.wake)
}

// wake is schedule as the timer calls it. A panic is the answer of those who wait, and not the end of the process.
func (g *group[T, R]) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()

	defer func() {
		if value := recover(); value != nil {
			g.giveUp(fmt.Errorf("%w with a value of type %T at %s", errPanic, value, debug.Stack()))
		}
	}()

	g.schedule()
}

// giveUp answers all that wait with an error. Called with mu held.
func (g *group[T, R]) giveUp(err error) {
	for _, c := range g.waiting {
		c.answer = answer[R]{err: err}
		close(c.done)
	}

	g.waiting, g.wakeAt = nil, time.Time{}
}

// run flushes the calls.
func (g *group[T, R]) run(calls []*call[T, R]) {
	defer g.flushes.Done()

	g.write(calls, g.now().Add(g.settings.patience))

	g.mu.Lock()
	defer g.mu.Unlock()

	g.running--
	g.schedule()
}

// settle gives calls that were flushed their answers, or puts them back.
func (g *group[T, R]) settle(calls []*call[T, R]) {
	g.mu.Lock()
	defer g.mu.Unlock()

	for _, c := range calls {
		delete(g.busy, c.key)

		if c.answer.again && !g.closed && g.now().Sub(c.since) < g.settings.patience {
			g.retryAlone(c)
			continue
		}

		if c.answer.again {
			c.answer.err = ErrLocked
		}

		close(c.done)
	}
}

// retryAlone lets a call wait for its row, longer each time.
func (g *group[T, R]) retryAlone(c *call[T, R]) {
	const first, longest = 5 * time.Millisecond, 200 * time.Millisecond

	c.waits = min(max(first, 2*c.waits), longest)
	c.ready = g.now().Add(c.waits)
	c.answer = answer[R]{}
	g.waiting = append(g.waiting, c)
}

// errPanic is for a request that makes the flush panic: it is at fault like one that Postgres refuses, and found in the same way.
var errPanic = errors.New("the store panicked")

// guarded is flush, with a panic as an error. The value may hold anything, so only its type is told.
func (g *group[T, R]) guarded(ctx context.Context, requests []T) (answers []answer[R], err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("%w with a value of type %T at %s", errPanic, value, debug.Stack())
		}
	}()

	return g.flush(ctx, requests)
}

// write flushes the calls and settles them: in halves when a row of them is at fault, but when one is
// locked not for longer than patience lasts, as each half may wait for another lock.
func (g *group[T, R]) write(calls []*call[T, R], until time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), g.settings.timeout)
	answers, err := g.guarded(ctx, column(calls, func(c *call[T, R]) T { return c.request }))

	cancel()

	switch {
	case err == nil:
		for i, c := range calls {
			c.answer = answers[i]
		}
	case len(calls) > 1 && (refused(err) || rowLocked(err) && g.now().Before(until)):
		half := len(calls) / 2
		g.write(calls[:half], until)
		g.write(calls[half:], until)

		return
	default:
		for _, c := range calls {
			c.answer = answer[R]{err: err, again: contended(err)}
		}
	}

	g.settle(calls)
}
