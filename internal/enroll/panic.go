package enroll

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// handle processes one message. One that makes the worker panic is no reason for the process to end, which would take the jobs
// beside it along, and then the next worker that gets the message.
func (w *Worker) handle(ctx context.Context, msg jetstream.Msg, ration func() (disposal, bool)) (ended disposal) {
	var r reading

	r.address(msg)

	p := guard.Run(func() { ended = w.process(ctx, msg, &r, ration) })
	if p == nil {
		return ended
	}

	w.config.Logger.Error("a job made the worker panic", "job", r.record.ID, "message", r.place(), "type", p.Type, "stack", string(p.Stack))

	// Where its attempt runs it is Held, and ends with its attempts.
	if p := guard.Run(func() { ended = w.endUnread(ctx, msg, r, reasonPanic, "the worker panicked on it with a "+p.Type) }); p != nil {
		w.config.Logger.Error("the job could not be ended; it goes back to the queue",
			"message", r.place(), "type", p.Type, "stack", string(p.Stack))

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
	p := guard.Run(func() { answer = w.send(ctx, r, claim) })
	if p == nil {
		return answer
	}

	w.config.Logger.Error("a call made the worker panic", "job", r.record.ID, "type", p.Type, "stack", string(p.Stack))

	return mastercard.Answer{Verdict: mastercard.Unknown, Failure: mastercard.Failure{
		Source: sourceWorker, Reason: reasonPanic, Message: "the worker panicked during the call with a " + p.Type,
	}}
}
