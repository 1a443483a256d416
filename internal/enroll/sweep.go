package enroll

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/store"
)

// OverdueLedger is where a sweep finds jobs and ends them (store.Store).
type OverdueLedger interface {
	Overdue(ctx context.Context, olderThan time.Duration, after store.Overdue, limit int) ([]store.Overdue, error)
	MarkLost(ctx context.Context, o store.Overdue) (store.ActResult, error)
	Outcome(ctx context.Context, jobID string) (store.Outcome, bool, error)
	Batches(ctx context.Context, limit int) ([]store.Progress, error)
	Progress(ctx context.Context, batchID string) (store.Progress, error)
	SubmittedJobs(ctx context.Context) ([]store.SubmittedJobs, error)
}

// SweepOptions can be left zero.
type SweepOptions struct {
	// OlderThan is for how long a job must be overdue, default 5 min. Whoever commits and then publishes, a worker
	// its retry or an operator a redrive, must have done so by then.
	OlderThan time.Duration
	// Limit bounds the jobs of one sweep, default 5,000. The next sweep goes on with those after them.
	Limit  int
	Logger *slog.Logger
	// Swept, when set, is told of each sweep, whole or cut short.
	Swept func(Swept)
	// Ended, when set, is told of each job that was given up, by the status that it came to.
	Ended func(status store.Status)
}

// Swept is what a sweep did with the jobs that it found overdue.
type Swept struct {
	// Overdue jobs were found. Of them, Rescheduled ones are due again now, and Lost ones were ended.
	Overdue, Rescheduled, Lost int
	// Undecided jobs are the others: they may wait in the queue, or are looked at again to be sure.
	Undecided int
	// Unseen jobs of files were lost before a worker saw them. Only who has the file can send them again. Of a sweep that
	// could not look at the files, those of the one before.
	Unseen int64
	// Submitted is what waits for the results of batches of the API, by program; nil when that is not known.
	Submitted []store.SubmittedJobs
}

const (
	defaultOverdue    = 5 * time.Minute
	defaultSweepLimit = 5000
)

// Sweeper looks for jobs whose row says that they are to be tried again, and
// whose message is not in the queue any more, or stays there past its time: a
// stream lost data, or was purged, or restored from a backup. Any number of
// sweepers may run at once.
//
// Whether a message is in a lane cannot be asked without reading the lane. What
// can be asked is the lane's oldest message. So it takes two sweeps to give a job
// up. The first finds no schedule on the job's own retry subject: the message is
// in a lane or gone. The last sequences of the streams, read after that look, are
// a bound: wherever the message is, it is not above. If a later sweep finds the
// row unchanged, and in both lanes nothing up to the bound, the message is gone.
// It cannot have been worked on, because it is acknowledged after the row has
// changed.
//
// The order is what makes this right: retry subject, then bound, then lanes. A
// schedule that fires is put into the lane before it is taken from the retry
// subject, so the first look cannot miss it between the two; the other way round,
// it could move from the one to the other between two looks that both miss it.
// And the bound is a sequence, not a time, because a server that was down fires
// its schedules late.
type Sweeper struct {
	queue  sweepQueue
	ledger OverdueLedger
	o      SweepOptions

	after      store.Overdue        // where the next sweep goes on
	twice      bool                 // this page of jobs is looked at for the second time
	round      int                  // of sweeps, from the first job to the last
	candidates map[string]candidate // by job
	files      map[string]*file     // by batch, of which no worker has seen some jobs
	unseen     int64                // jobs of files that were lost, at the last look that could be made
}

// candidate is a job without a schedule.
type candidate struct {
	job   store.Overdue
	bound positions // of its message
	round int       // in which it was last found as it was
}

// maxCandidates bounds what a sweeper remembers, some 25 MB. Further ones wait their turn.
const maxCandidates = 100_000

// NewSweeper makes a sweeper.
func NewSweeper(js jetstream.JetStream, ledger OverdueLedger, o SweepOptions) *Sweeper {
	o.OlderThan = cmp.Or(o.OlderThan, defaultOverdue)
	o.Limit = cmp.Or(o.Limit, defaultSweepLimit)

	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	if o.Swept == nil {
		o.Swept = func(Swept) {}
	}

	if o.Ended == nil {
		o.Ended = func(store.Status) {}
	}

	return &Sweeper{
		queue: sweepQueue{js: js}, ledger: ledger, o: o,
		candidates: make(map[string]candidate), files: make(map[string]*file),
	}
}

// Run sweeps at each tick until the context ends. What an error leaves undone is for the next sweep.
func (s *Sweeper) Run(ctx context.Context, ticks <-chan time.Time) {
	for guard.Tick(ctx, ticks) {
		if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.o.Logger.Error("the sweep for overdue jobs was cut short, the next one goes on", "error", err)
		}
	}
}

// Sweep looks at the next jobs that are overdue, and then for jobs of files that no worker has seen. When there are none, that is
// one query by index. What one of them cannot find out does not keep the other from its work. A Sweeper must not be used by two
// goroutines at once.
func (s *Sweeper) Sweep(ctx context.Context) (swept Swept, err error) {
	defer func() { s.o.Swept(swept) }()

	swept, err = s.sweepOverdue(ctx)

	unseen, errUnseen := s.findUnseen(ctx)
	if errUnseen == nil {
		s.unseen = unseen
	}

	swept.Unseen = s.unseen

	submitted, errSubmitted := s.ledger.SubmittedJobs(ctx)
	swept.Submitted = submitted

	return swept, errors.Join(err, errUnseen, errSubmitted)
}

// sweepOverdue looks at the next jobs that are overdue.
func (s *Sweeper) sweepOverdue(ctx context.Context) (swept Swept, err error) {
	page, err := s.ledger.Overdue(ctx, s.o.OlderThan, s.after, s.o.Limit)
	if err != nil {
		return swept, err
	}

	swept.Overdue, swept.Undecided = len(page), len(page)

	found, err := s.classify(ctx, page)
	if err != nil {
		return swept, err
	}

	swept.Rescheduled, err = s.reschedule(ctx, found.stuck)
	swept.Undecided -= swept.Rescheduled

	if err != nil {
		return swept, err
	}

	swept.Lost, err = s.endLost(ctx, found.gone)
	swept.Undecided -= swept.Lost

	if err != nil {
		return swept, err
	}

	return swept, s.advance(ctx, page, found.added)
}

// advance moves on to the next jobs. Those with new candidates are looked at once
// more before, so that where many were lost, they are ended page by page.
func (s *Sweeper) advance(ctx context.Context, page []store.Overdue, added int) error {
	if s.twice = added > 0 && !s.twice; s.twice {
		return nil
	}

	if len(page) < s.o.Limit {
		return s.endRound(ctx)
	}

	s.after = page[len(page)-1]

	return nil
}
