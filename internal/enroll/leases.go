package enroll

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/store"
)

// renewer extends leases (store.Store).
type renewer interface {
	Renew(ctx context.Context, leases []store.Lease, lease time.Duration) (lost []store.Lease, err error)
}

// leases are the attempts in our hands whose calls run. A lease is short, so
// that the jobs of a worker that was killed are soon taken over; a call may be
// long. So the leases of long calls are renewed.
type leases struct {
	renewer renewer
	lease   time.Duration
	logger  *slog.Logger

	mu   sync.Mutex
	held map[store.Lease]bool // true: for a whole tick at least
}

func newLeases(renewer renewer, lease time.Duration, logger *slog.Logger) *leases {
	return &leases{renewer: renewer, lease: lease, logger: logger, held: make(map[store.Lease]bool)}
}

// interval is the time between two ticks. An attempt is renewed when it has been
// held for one to two of them, which most never are. A renewal that fails can be
// made up for before the lease has run out.
func (l *leases) interval() time.Duration { return l.lease / 4 }

// hold keeps an attempt ours until it is released: when its answer is committed, not before.
func (l *leases) hold(jobID string, claim store.Claim) (release func()) {
	held := store.Lease{JobID: jobID, Attempt: claim.Attempt, StartedAt: claim.StartedAt}

	l.mu.Lock()
	defer l.mu.Unlock()

	l.held[held] = false

	return func() { l.release(held) }
}

func (l *leases) release(held store.Lease) {
	l.mu.Lock()
	defer l.mu.Unlock()

	delete(l.held, held)
}

// run renews at each tick until the context ends. What is held then still is
// ours for up to a lease.
func (l *leases) run(ctx context.Context, ticks <-chan time.Time) {
	for guard.Tick(ctx, ticks) {
		l.renew(ctx)
	}
}

func (l *leases) renew(ctx context.Context) {
	long := l.long()
	if len(long) == 0 {
		return
	}

	// Bounded, so that the next tick finds us waiting for it.
	renewing, cancel := context.WithTimeout(ctx, l.interval())
	defer cancel()

	lost, err := l.renewer.Renew(renewing, long, l.lease)
	if err != nil {
		if ctx.Err() == nil {
			logError(l.logger, err)("renewing the leases of running calls failed, the next try follows",
				"attempts", len(long), "error", err)
		}

		return
	}

	for _, attempt := range lost {
		if l.drop(attempt) {
			l.logger.Warn("a call took too long, and the job is not ours any more: its answer will be recorded with its attempt only",
				"job", attempt.JobID, "attempt", attempt.Attempt)
		}
	}
}

// long returns the attempts that have been held since the tick before, and marks the others as held at this one.
func (l *leases) long() []store.Lease {
	l.mu.Lock()
	defer l.mu.Unlock()

	var long []store.Lease

	for attempt, before := range l.held {
		if before {
			long = append(long, attempt)
		}

		l.held[attempt] = true
	}

	return long
}

// drop reports whether a lost attempt is still held: it may have been finished meanwhile, and then nothing is lost.
func (l *leases) drop(attempt store.Lease) bool {
	l.mu.Lock()
	defer l.mu.Unlock()

	_, held := l.held[attempt]
	delete(l.held, attempt)

	return held
}
