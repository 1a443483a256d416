package enroll

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/store"
)

const (
	// askLedgerEvery is how often Postgres is asked whether it answers, while there are no jobs to find out by.
	askLedgerEvery = 5 * time.Second
	// askLedgerTimeout is how long it may take to answer.
	askLedgerTimeout = 5 * time.Second
)

// outage is since when Postgres does not answer. It logs the beginning and the end, not each job that finds out.
type outage struct {
	logger *slog.Logger
	now    func() time.Time

	mu    sync.Mutex
	since time.Time // zero: it answers
	ended int       // outages: what was asked before the last ended, and fails only now, begins none
}

// asked is called before Postgres is asked. The returned function is told how that ended.
func (o *outage) asked() func(err error) {
	o.mu.Lock()
	ended := o.ended
	o.mu.Unlock()

	return func(err error) {
		switch {
		case err == nil:
			o.end()
		case unavailable(err):
			o.begin(ended, err)
		}
	}
}

// unavailable reports whether an error says that Postgres does not answer, or cannot work.
func unavailable(err error) bool {
	ours := errors.Is(err, context.Canceled) || errors.Is(err, store.ErrClosed)

	return store.Retryable(err) && !errors.Is(err, store.ErrLocked) && !ours
}

func (o *outage) begin(ended int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if !o.since.IsZero() || ended != o.ended {
		return
	}

	o.since = o.now()
	o.logger.Error("Postgres does not answer; no jobs are taken", "error", err)
}

func (o *outage) end() {
	o.mu.Lock()
	defer o.mu.Unlock()

	if o.since.IsZero() {
		return
	}

	//nolint:sloglint // one sentence for people; that it ended is what programs look for
	o.logger.Info("Postgres answers again after " + o.now().Sub(o.since).Round(time.Second).String())
	o.since = time.Time{}
	o.ended++
}

// lasting is since when Postgres does not answer; zero when it does.
func (o *outage) lasting() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.since
}

// watch asks at each tick, until the context ends: an idle worker would not find out.
func (o *outage) watch(ctx context.Context, ticks <-chan time.Time, ask func(context.Context) error) {
	for guard.Tick(ctx, ticks) {
		done := o.asked()
		bounded, cancel := context.WithTimeout(ctx, askLedgerTimeout)
		err := ask(bounded)

		cancel()

		if ctx.Err() == nil {
			done(err)
		}
	}
}
