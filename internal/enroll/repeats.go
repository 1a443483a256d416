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
)

// repeats logs what many jobs meet: the first at once, of the rest their number with each tick. A tick without any ends it, and
// the next is a first again. Each one is logged at DEBUG as well.
type repeats struct {
	logger *slog.Logger

	mu      sync.Mutex
	ongoing map[occurrence]*repeated
}

// occurrence is what is the same for all of them. Its values are few: no id of a job, no text of an answer.
type occurrence struct {
	level            slog.Level
	message, program string
}

// repeated is what has come since the last line.
type repeated struct {
	times int
	last  []any
}

func newRepeats(logger *slog.Logger) *repeats {
	return &repeats{logger: logger, ongoing: map[occurrence]*repeated{}}
}

// note tells of one that a job met. What differs from one to the next is in the arguments.
func (r *repeats) note(o occurrence, job string, args ...any) {
	level := slog.LevelDebug
	if r.first(o, args) {
		level = o.level
	}

	r.at(level)(o.message, o.with("job", job, args)...)
}

func (r *repeats) at(level slog.Level) func(message string, args ...any) {
	switch {
	case level >= slog.LevelError:
		return r.logger.Error
	case level >= slog.LevelWarn:
		return r.logger.Warn
	default:
		return r.logger.Debug
	}
}

func (r *repeats) first(o occurrence, args []any) bool {
	r.mu.Lock()
	defer r.mu.Unlock()

	known := r.ongoing[o]
	if known == nil {
		r.ongoing[o] = &repeated{}
		return true
	}

	known.times++
	known.last = args

	return false
}

// run tells with each tick how many came since, and of the rest when the context ends.
func (r *repeats) run(ctx context.Context, ticks <-chan time.Time) {
	for guard.Tick(ctx, ticks) {
		r.tell()
	}

	r.tell()
}

func (r *repeats) tell() {
	r.mu.Lock()
	ongoing := r.ongoing
	r.ongoing = make(map[occurrence]*repeated, len(ongoing))

	for o, since := range ongoing {
		if since.times > 0 {
			r.ongoing[o] = &repeated{}
		}
	}
	r.mu.Unlock()

	for _, o := range slices.SortedFunc(maps.Keys(ongoing), func(a, b occurrence) int {
		return cmp.Or(cmp.Compare(a.program, b.program), cmp.Compare(a.message, b.message))
	}) {
		if since := ongoing[o]; since.times > 0 {
			r.at(o.level)(o.message, o.with("more", since.times, since.last)...)
		}
	}
}

// with puts what a line is about in front of its arguments.
func (o occurrence) with(key string, value any, args []any) []any {
	if o.program == "" {
		return append([]any{key, value}, args...)
	}

	return append([]any{"program", o.program, key, value}, args...)
}
