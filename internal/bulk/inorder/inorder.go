// Package inorder works on pieces side by side and takes them in the order in which they were read.
//
// One goroutine reads, several work, one takes. At most one piece a worker waits between them, so memory is bounded
// however long the input is.
package inorder

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sync/errgroup"

	"enroll.example/clicktopay/internal/guard"
)

// Steps are what happens to each piece, in this order.
type Steps[T any] struct {
	// Read returns the next piece, io.EOF when there is none.
	Read func() (T, error)
	// Work does what takes long. It runs for several pieces at once.
	Work func(T) error
	// Take gets one piece at a time, in the order of Read, when its work is done.
	Take func(context.Context, T) error
}

// piece is a T on its way, with what its work returned.
type piece[T any] struct {
	value T
	done  chan struct{} // closed when err is set
	err   error
}

// Run returns when every piece was taken, or with the first error or the context's when all its goroutines have ended. A
// Read that blocks is waited for.
func Run[T any](ctx context.Context, workers int, steps Steps[T]) error {
	group, ctx := errgroup.WithContext(ctx)
	work := make(chan *piece[T])
	order := make(chan *piece[T], workers) // the same pieces

	group.Go(guard.Func(func() error {
		defer close(order)
		defer close(work)

		return steps.read(ctx, work, order)
	}))

	for range workers {
		group.Go(guard.Func(func() error {
			for p := range work {
				p.err = steps.Work(p.value)
				close(p.done) // not deferred: a piece whose work has panicked must not be taken
			}

			return nil
		}))
	}

	group.Go(guard.Func(func() error {
		for p := range order {
			if err := steps.take(ctx, p); err != nil {
				return err
			}
		}

		return nil
	}))

	return group.Wait()
}

func (s Steps[T]) read(ctx context.Context, work, order chan<- *piece[T]) error {
	for {
		value, err := s.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}

		if err != nil {
			return err
		}

		p := &piece[T]{value: value, done: make(chan struct{})}

		for _, to := range []chan<- *piece[T]{order, work} {
			select {
			case to <- p:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

func (s Steps[T]) take(ctx context.Context, p *piece[T]) error {
	select {
	case <-p.done:
	case <-ctx.Done():
		return ctx.Err()
	}

	if p.err != nil {
		return p.err
	}

	return s.Take(ctx, p.value)
}
