package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"enroll.example/clicktopay/internal/guard"
)

// interruptible returns a context that ends with another, and that the first SIGINT or SIGTERM ends. A second one ends the
// process with exit, which is said before.
func interruptible(
	parent context.Context, name string, w io.Writer, exit func(code int),
) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	signals, done, ended := make(chan os.Signal, 2), make(chan struct{}), make(chan struct{}) // two, so that none is missed

	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)

	go func() {
		defer close(ended)

		_ = guard.Run(func() {
			attend(signals, done, attention{
				first: cancel,
				now:   time.Now,
				wait:  func() <-chan time.Time { return time.After(hintAfter) },
				hint:  func() { hint(w, name) },
				second: func(second os.Signal) {
					_, _ = fmt.Fprintln(w, endedAtOnce(name, second))

					exit(signaled(second))
				},
			})
		})
	}()

	return ctx, func() {
		signal.Stop(signals)
		close(done)
		<-ended
		cancel()
	}
}

// hintAfter is how long a command may take to end before it is said how to end it at once.
const hintAfter = time.Second

// hint says what a second signal does. A worker says so in its log, with the jobs that it finishes.
func hint(w io.Writer, name string) {
	if name != "worker" {
		_, _ = fmt.Fprintf(w, "%s: ending; a second signal ends it at once\n", name)
	}
}

// sameSignal is how soon after the first a signal is taken for the same one: timeout and others send it to the process and to its
// group.
const sameSignal = 50 * time.Millisecond

// attention is what is done about signals.
type attention struct {
	first  func()
	now    func() time.Time
	wait   func() <-chan time.Time // until the hint
	hint   func()
	second func(os.Signal)
}

// attend waits for two signals, until done is closed.
func attend(signals <-chan os.Signal, done <-chan struct{}, a attention) {
	select {
	case <-done:
		return
	case <-signals:
	}

	first, hint := a.now(), a.wait()
	a.first()

	for {
		select {
		case <-done:
			return
		case again := <-signals:
			if a.now().Sub(first) < sameSignal {
				continue
			}

			a.second(again)

			return
		case <-hint:
			a.hint()

			hint = nil
		}
	}
}

// endedAtOnce says what a second signal leaves behind.
func endedAtOnce(name string, second os.Signal) string {
	text := fmt.Sprintf("%s: ended at once by a second signal (%s)", name, second)
	if name == "worker" {
		text += "; jobs that were in flight return to the queue by themselves"
	}

	return text
}

// signaled is the exit code of a process that a signal has ended, as shells give it. The signal is not raised again for it: a
// process that was started with the signal ignored, by nohup or in the background of a script, would live on.
func signaled(s os.Signal) int {
	const base = 128

	if number, ok := s.(syscall.Signal); ok {
		return base + int(number)
	}

	return exitFailed
}
