package enroll

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// tallyEvery is how often the log tells of jobs that ended without a call. A canceled batch has a million of them.
const tallyEvery = 10 * time.Second

// tally counts jobs that ended without a call, so that the log has a line for many.
type tally struct {
	mu     sync.Mutex
	counts map[ending]int64
}

// ending is what such jobs have in common.
type ending struct {
	program string
	status  store.Status
	reason  string
}

func newTally() *tally { return &tally{counts: map[ending]int64{}} }

func (t *tally) note(e ending) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.counts[e]++
}

// keep tells with each tick of what has been counted since, and of the rest when the context ends.
func (t *tally) keep(ctx context.Context, ticks <-chan time.Time, logger *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			t.tell(logger)

			return
		case <-ticks:
			t.tell(logger)
		}
	}
}

func (t *tally) tell(logger *slog.Logger) {
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
