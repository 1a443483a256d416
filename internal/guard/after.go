package guard

import (
	"context"
	"sync"
	"time"
)

// A Task waits for something beside its owner, who ends it with Stop.
type Task struct {
	once    sync.Once
	stopped chan struct{}
	ended   chan struct{}
	panic   *PanicError
}

// Stop ends the wait, and waits for what has begun. It can be called more than once.
func (t *Task) Stop() {
	t.once.Do(func() { close(t.stopped) })
	<-t.ended
}

// Panic returns what a stopped task panicked with, nil when it did not.
func (t *Task) Panic() *PanicError { return t.panic }

// After runs f once a context has ended, guarded.
func After(ctx context.Context, f func()) *Task {
	return start(func(stopped <-chan struct{}) {
		select {
		case <-stopped:
		case <-ctx.Done():
			f()
		}
	})
}

// Later runs f after a while, guarded, as After does.
func Later(wait time.Duration, f func()) *Task {
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

	task := start(func(stopped <-chan struct{}) {
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
		task.Stop()
	}
}

// start runs f beside its caller; stopped is closed by Stop.
func start(f func(stopped <-chan struct{})) *Task {
	task := &Task{stopped: make(chan struct{}), ended: make(chan struct{})}

	go func() {
		defer close(task.ended)

		task.panic = Run(func() { f(task.stopped) })
	}()

	return task
}
