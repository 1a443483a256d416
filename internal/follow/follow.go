// Package follow tells how a batch is getting on, until every row has its outcome.
package follow

import (
	"context"
	"errors"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/store"
)

// Ledger is where outcomes are kept (store.Store).
type Ledger interface {
	Progress(ctx context.Context, batchID string) (store.Progress, error)
	BatchCodes(ctx context.Context, batchID string) ([]store.CodeCount, error)
}

// Fleet tells how workers and queue stand (control.Bucket).
type Fleet interface {
	Status(ctx context.Context) (control.Status, error)
}

// View shows states, one after the other.
type View interface {
	Show(s State)
}

// Options of Run.
type Options struct {
	Batch string
	// Every is how often the ledger is asked, default one second.
	Every time.Duration
	// Now is the clock, default time.Now.
	Now func() time.Time
}

const (
	defaultEvery = time.Second
	// askTimeout bounds one question to the ledger, so that the view can say that no answer comes.
	askTimeout = 3 * time.Second
)

// Run shows how the batch is getting on until nothing more happens to its jobs by
// themselves, and returns the last state. It goes on while ledger or fleet do not
// answer, and says so. It returns an error when the context ends, or when there is
// no such batch.
func Run(ctx context.Context, ledger Ledger, fleet Fleet, o Options, view View) (State, error) {
	if o.Every <= 0 {
		o.Every = defaultEvery
	}

	if o.Now == nil {
		o.Now = time.Now
	}

	watching, stop := context.WithCancel(ctx)
	lookout := &lookout{fleet: fleet, every: o.Every}

	var task sync.WaitGroup

	task.Go(func() { lookout.run(watching) })

	defer func() {
		stop()
		task.Wait()
	}()

	ticker := time.NewTicker(o.Every)
	defer ticker.Stop()

	f := follower{ledger: ledger, batch: o.Batch}

	for {
		state, err := f.look(ctx, o.Now())
		if errors.Is(err, store.ErrNoBatch) {
			return state, err
		}

		if ctx.Err() != nil {
			return f.last, ctx.Err()
		}

		state.Fleet, state.FleetErr = lookout.found()
		view.Show(state)

		if state.Done() {
			return state, nil
		}

		select {
		case <-ctx.Done():
			return state, ctx.Err()
		case <-ticker.C:
		}
	}
}

// follower asks the ledger, and remembers what it said last.
type follower struct {
	ledger Ledger
	batch  string
	last   State
	pace   pace
}

func (f *follower) look(ctx context.Context, now time.Time) (State, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	state := f.last
	state.At = now
	wasAway := state.LedgerErr != nil

	progress, err := f.ledger.Progress(ctx, f.batch)

	var codes []store.CodeCount
	if err == nil {
		codes, err = f.ledger.BatchCodes(ctx, f.batch)
	}

	if state.LedgerErr = err; err == nil {
		// While the ledger was away nobody could tell it how far the file was read: the time of the silence starts again.
		if progress.Batch.RowsRead != state.Progress.Batch.RowsRead || state.ReadAt.IsZero() || wasAway {
			state.ReadAt = now
		}

		state.Progress, state.Codes = progress, codes
		state.Rate = f.pace.rate(now, progress.Settled())
	}

	f.last = state

	return state, err
}

// lookout asks the fleet on its own, as its answers may take longer.
type lookout struct {
	fleet Fleet
	every time.Duration

	mu     sync.Mutex
	status *control.Status
	err    error
}

func (l *lookout) run(ctx context.Context) {
	ticker := time.NewTicker(l.every)
	defer ticker.Stop()

	for {
		var status control.Status

		err := guard.Do(func() (err error) {
			status, err = l.fleet.Status(ctx)
			return err
		})

		if ctx.Err() != nil {
			return
		}

		l.mu.Lock()
		if l.err = err; err == nil {
			l.status = &status
		}
		l.mu.Unlock()

		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// found returns the last status, nil when there is none yet, and why there is no newer one.
func (l *lookout) found() (*control.Status, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.status, l.err
}
