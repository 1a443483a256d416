package pace

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"enroll.example/clicktopay/internal/guard"
)

// Limiter lets through so many a second, and up to burst of them together. Zero is no limit.
func Limiter(perSecond float64, burst int) *rate.Limiter {
	if perSecond <= 0 {
		return rate.NewLimiter(rate.Inf, burst)
	}

	return rate.NewLimiter(rate.Limit(perSecond), burst)
}

// Run is how Each goes through many.
type Run struct {
	Limiter *rate.Limiter
	AtOnce  int           // how many are under way beside each other
	Grace   time.Duration // for those that are under way when the context ends
}

// Each does something with each of many. When the context ends, or one fails, no more are begun, and those that are under way
// have a while to end: between a commit and a publication is no good place to stop.
func Each[T any](ctx context.Context, run Run, all []T, do func(context.Context, T) error) error {
	work, cancel := guard.Grace(ctx, run.Grace)
	defer cancel()

	group, failed := errgroup.WithContext(ctx)
	group.SetLimit(run.AtOnce)

	var stopped error

	for _, one := range all {
		if err := run.Limiter.Wait(failed); err != nil {
			stopped = fmt.Errorf("interrupted: %w", err)
			break
		}

		group.Go(guard.Func(func() error { return do(work, one) }))
	}

	return cmp.Or(group.Wait(), stopped)
}
