package guard

import (
	"context"
	"log/slog"
	"time"
)

// Loop runs a loop that does something at each tick, as Supervise does, with a ticker of its own.
func Loop(ctx context.Context, logger *slog.Logger, name string, every time.Duration, loop func(ticks <-chan time.Time)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()

	Supervise(ctx, logger, name, func() { loop(ticker.C) })
}

// Tick waits for the next tick. It reports false when the context has ended, which is when a loop returns.
func Tick(ctx context.Context, ticks <-chan time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-ticks:
		return ctx.Err() == nil // of both, the end comes first
	}
}
