package guard

import (
	"context"
	"time"
)

// After runs f once a context has ended, guarded. The returned function ends the wait, and waits for an f that has begun; what f
// panicked with is told to nobody but it.
func After(ctx context.Context, f func()) (stop func() *PanicError) {
	return start(func(stopped <-chan struct{}) {
		select {
		case <-stopped:
		case <-ctx.Done():
			f()
		}
	})
}

// Later runs f after a while, guarded, as After does.
func Later(wait time.Duration, f func()) (stop func() *PanicError) {
	return start(func(stopped <-chan struct{}) {
		timer := time.NewTimer(wait)
		defer timer.Stop()

		select {
		case <-stopped:
		case <-timer.C:
			f()
		}
	})
}

// Grace is a context that ends a while after its parent: what has begun when the parent ends may come to its end. The cancel
// function has to be called.
func Grace(parent context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))

	stop := start(func(stopped <-chan struct{}) {
		select {
		case <-stopped:
			return
		case <-parent.Done():
		}

		timer := time.NewTimer(by)
		defer timer.Stop()

		select {
		case <-stopped:
		case <-timer.C:
			cancel()
		}
	})

	return ctx, func() {
		cancel()
		stop()
	}
}

// start runs f beside until the returned function is called, which tells f and waits for it. It can be called more than once.
func start(f func(stopped <-chan struct{})) (stop func() *PanicError) {
	var panicked *PanicError

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})

	go func() {
		defer close(ended)

		panicked = Run(func() { f(ctx.Done()) })
	}()

	return func() *PanicError {
		cancel()
		<-ended

		return panicked
	}
}
