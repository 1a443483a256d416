package chaos

import (
	"context"
	"time"
)

// jump moves a clock, waits, and moves it back.
func (h *harness) jump(ctx context.Context, f Fault) error {
	if err := h.skew(ctx, f, f.Jump); err != nil {
		return err
	}

	wait(ctx, f.For)

	return h.skew(ctx, f, 0)
}

func (h *harness) skew(ctx context.Context, f Fault, ahead time.Duration) error {
	switch f.Clock {
	case ClockPostgres:
		return h.database.skew(ctx, ahead)
	case ClockAPI:
		h.api.ahead.Store(int64(ahead))
	case ClockWorker:
		h.slots[f.Worker].skew(ahead)
	}

	return nil
}
