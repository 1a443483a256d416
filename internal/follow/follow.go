// Package follow tells how a batch is getting on, until every row has its outcome.
package follow

import (
	"context"
	"errors"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/lost"
	"enroll.example/clicktopay/pkg/jobs"
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
	// Expect is how many jobs a batch has that only messages name; 0: that is not known.
	Expect int64
	// Queue is asked for jobs that it may have lost; nil: it is not.
	Queue lost.Queue
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
	lookout := &fleetPoller{fleet: fleet, queue: o.Queue, every: o.Every}

	var task sync.WaitGroup

	task.Go(func() { lookout.run(watching) })

	defer func() {
		stop()
		task.Wait()
	}()

	ticker := time.NewTicker(o.Every)
	defer ticker.Stop()

	f := follower{ledger: ledger, batch: o.Batch, last: State{Name: o.Batch, Expect: o.Expect}}

	for {
		// The queue has said this before the ledger is read.
		if seen := lookout.newJobs(); seen != nil {
			f.losses.Look(*seen)
		}

		state, err := f.look(ctx, o.Now())
		if errors.Is(err, store.ErrNoBatch) {
			return state, err
		}

		if ctx.Err() != nil {
			return f.last, ctx.Err()
		}

		state.Fleet, state.FleetErr = lookout.result()
		state.Lost = f.countLost(state, lookout)
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
	pace   throughput
	losses lost.Finder
	readAt time.Time // when the file was read to its end that losses are of
}

// countLost counts the lost jobs of a state, and has the queue asked for more where some may be.
func (f *follower) countLost(state State, lookout *fleetPoller) int64 {
	if state.LedgerErr != nil || state.Unseen() == 0 || state.Progress.Batch.CompletedAt.IsZero() {
		f.losses = lost.Finder{}
		lookout.watchProgram("")

		return 0
	}

	if !state.Progress.Batch.CompletedAt.Equal(f.readAt) { // it was sent again: what the queue said before tells nothing
		f.losses, f.readAt = lost.Finder{}, state.Progress.Batch.CompletedAt
		lookout.watchProgram("")
	}

	lookout.watchProgram(state.Progress.Batch.Program)

	return f.losses.Count(state.Progress)
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

		if progress.Seen() != state.Progress.Seen() || state.SeenAt.IsZero() || wasAway {
			state.SeenAt = now
		}

		state.Progress, state.Codes = progress, codes
		state.Rate = f.pace.rate(now, progress.Settled())
	}

	f.last = state

	return state, err
}

// fleetPoller asks the fleet on its own, as its answers may take longer.
type fleetPoller struct {
	fleet Fleet
	queue lost.Queue // may be nil
	every time.Duration

	mu      sync.Mutex
	status  *control.Status
	err     error
	program string        // whose new jobs are asked for; empty: none
	asked   int           // how often that has changed
	seen    *jobs.NewJobs // what the queue has said since then
}

// watchProgram has the new jobs of a program asked for, or of none.
func (l *fleetPoller) watchProgram(program string) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if l.program != program {
		l.program, l.seen = program, nil
		l.asked++
	}
}

// newJobs returns what the queue has said last, nil when it has not.
func (l *fleetPoller) newJobs() *jobs.NewJobs {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.seen
}

// poll asks for the new jobs. What was asked for before, and comes only now, is dropped.
func (l *fleetPoller) poll(ctx context.Context) {
	l.mu.Lock()
	program, asked := l.program, l.asked
	l.mu.Unlock()

	if program == "" || l.queue == nil {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	seen, err := l.queue.NewJobs(ctx, program)

	l.mu.Lock()
	defer l.mu.Unlock()

	if l.seen = nil; err == nil && l.asked == asked {
		l.seen = &seen
	}
}

func (l *fleetPoller) run(ctx context.Context) {
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

		l.poll(ctx)

		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// result returns the last status, nil when there is none yet, and why there is no newer one.
func (l *fleetPoller) result() (*control.Status, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.status, l.err
}
