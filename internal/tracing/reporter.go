package tracing

import (
	"log/slog"
	"sync"
	"time"
)

// reporter tells what keeps spans from the collector, once a minute at most.
type reporter struct {
	logger *slog.Logger
	now    func() time.Time

	mu     sync.Mutex
	told   time.Time
	untold int
}

const tellEvery = time.Minute

func newReporter(logger *slog.Logger, now func() time.Time) *reporter {
	return &reporter{logger: logger, now: now}
}

// Handle is called by the library.
func (r *reporter) Handle(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.untold++

	now := r.now()
	if !r.told.IsZero() && now.Sub(r.told) < tellEvery {
		return
	}

	r.logger.Warn("tracing: spans cannot be sent to the collector and are dropped; jobs go on as before",
		"error", err, "times", r.untold)

	r.told, r.untold = now, 0
}
