// Package guard keeps the panic of one goroutine from ending the process, and the value of the panic, which may hold a card
// number, from being printed. Every goroutine of the worker and of submit runs its function here.
package guard

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// PanicError is what a function panicked with: never the value, only its type.
type PanicError struct {
	// Type of the value.
	Type string
	// Stack of the goroutine, without any value of Go's own types but numbers.
	Stack []byte
}

// Error names the type.
func (p *PanicError) Error() string { return "panicked with a value of type " + p.Type }

// Run runs f and returns what it panicked with, nil when it did not.
func Run(f func()) (p *PanicError) {
	defer func() {
		if value := recover(); value != nil {
			p = &PanicError{Type: fmt.Sprintf("%T", value), Stack: debug.Stack()}
		}
	}()

	f()

	return nil
}

// Do runs f and returns its error, or a *PanicError.
func Do(f func() error) (err error) {
	if p := Run(func() { err = f() }); p != nil {
		return p
	}

	return err
}

// pause is how long a loop that panicked rests.
const pause = time.Second

// Supervise runs a loop until it returns. One that panics is told of and started again after a pause: a worker whose heartbeats,
// leases or pauses stopped for good would lose its jobs to others, or not hear what it is told.
func Supervise(ctx context.Context, logger *slog.Logger, name string, loop func()) {
	for {
		p := Run(loop)
		if p == nil {
			return
		}

		logger.ErrorContext(ctx, "a part of the process panicked and is started again",
			"part", name, "type", p.Type, "stack", string(p.Stack))

		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// Func is f as Do runs it, for a group of goroutines.
func Func(f func() error) func() error { return func() error { return Do(f) } }
