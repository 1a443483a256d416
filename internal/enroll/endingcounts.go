package enroll

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/store"
)

// countsEvery is how often the log tells of jobs that ended without a call. A canceled batch has a million of them.
const countsEvery = 10 * time.Second

// endingCounts counts jobs that ended without a call, so that the log has a line for many.
type endingCounts struct {
	mu     sync.Mutex
	counts map[ending]int64
}

// ending is what such jobs have in common.
type ending struct {
	program string
	status  store.Status
	reason  string
}

func newEndingCounts() *endingCounts { return &endingCounts{counts: map[ending]int64{}} }

func (t *endingCounts) note(e ending) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.counts[e]++
}

// run tells with each tick of what has been counted since, and of the rest when the context ends.
func (t *endingCounts) run(ctx context.Context, ticks <-chan time.Time, logger *slog.Logger) {
	for guard.Tick(ctx, ticks) {
		t.flush(logger)
	}

	t.flush(logger)
}

func (t *endingCounts) flush(logger *slog.Logger) {
	t.mu.Lock()
	counts := t.counts
	t.counts = map[ending]int64{}
	t.mu.Unlock()

	for _, e := range slices.SortedFunc(maps.Keys(counts), func(a, b ending) int {
		return cmp.Or(cmp.Compare(a.program, b.program), cmp.Compare(a.status, b.status), cmp.Compare(a.reason, b.reason))
	}) {
		logger.Info("jobs ended without a call", "jobs", counts[e], "program", e.program, "status", e.status, "reason", e.reason)
	}
}
