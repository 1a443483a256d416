package enroll

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// panicked is what recover returned. The value may hold anything of a message, so only its type is ever told.
type panicked struct {
	kind  string
	stack []byte
}

// guarded runs f and returns what it panicked with, nil when it did not.
func guarded(f func()) (p *panicked) {
	defer func() {
		if value := recover(); value != nil {
			p = &panicked{kind: fmt.Sprintf("%T", value), stack: debug.Stack()}
		}
	}()

	f()

	return nil
}

// handle processes one message. One that makes the worker panic is no reason for the process to end, which would take the jobs
// beside it along, and then the next worker that gets the message.
func (w *Worker) handle(ctx context.Context, msg jetstream.Msg, ration func() (disposal, bool)) (ended disposal) {
	var r reading

	r.address(msg)

	p := guarded(func() { ended = w.process(ctx, msg, &r, ration) })
	if p == nil {
		return ended
	}

	w.config.Logger.Error("a job made the worker panic", "job", r.record.ID, "message", r.place(), "type", p.kind, "stack", string(p.stack))

	// Where its attempt runs it is Held, and ends with its attempts.
	if p := guarded(func() { ended = w.endUnread(ctx, msg, r, reasonPanic, "the worker panicked on it with a "+p.kind) }); p != nil {
		w.config.Logger.Error("the job could not be ended; it goes back to the queue",
			"message", r.place(), "type", p.kind, "stack", string(p.stack))

		return back(w.jittered(w.config.HandBack))
	}

	return ended
}

// endUnread ends a job that no worker can work on, under its id or, where that was not read, under its place in the queue.
func (w *Worker) endUnread(ctx context.Context, msg jetstream.Msg, r reading, reason, message string) disposal {
	if r.record.ID == "" {
		r.record = w.keptOfBroken(r.job, msg, r.place())
	}

	return w.end(ctx, r, store.StatusInvalid, store.Failure{
		Source: sourceWorker, Reason: reason, Message: message + "; the log of the worker has the place, and the job was not sent",
	})
}

// ask makes the one call of an attempt. A panic on the way may have come after the request was sent.
func (w *Worker) ask(ctx context.Context, r reading, claim store.Claim) (answer mastercard.Answer) {
	p := guarded(func() { answer = w.send(ctx, r, claim) })
	if p == nil {
		return answer
	}

	w.config.Logger.Error("a call made the worker panic", "job", r.record.ID, "type", p.kind, "stack", string(p.stack))

	return mastercard.Answer{Verdict: mastercard.Unknown, Failure: mastercard.Failure{
		Source: sourceWorker, Reason: reasonPanic, Message: "the worker panicked during the call with a " + p.kind,
	}}
}

// keep runs a loop of the worker that is not a job's. One that panics is told of and started again after a pause, since a
// worker without heartbeats or leases would lose its jobs to others.
func (w *Worker) keep(ctx context.Context, name string, loop func()) {
	for {
		p := guarded(loop)
		if p == nil {
			return
		}

		w.config.Logger.Error("a part of the worker panicked and is started again", "part", name, "type", p.kind, "stack", string(p.stack))

		select {
		case <-ctx.Done():
			return
		case <-time.After(laneRest):
		}
	}
}
