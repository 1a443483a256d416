package enroll

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// handle processes one message. One that makes the worker panic is no reason for the process to end, which would take the jobs
// beside it along, and then the next worker that gets the message.
func (w *Worker) handle(ctx context.Context, msg jetstream.Msg, ration func() (disposal, bool)) (ended disposal) {
	var r reading

	r.address(msg)

	program, _ := jobs.ProgramOf(msg.Subject())

	p := guard.Run(func() { ended = w.process(ctx, msg, &r, ration) })
	if p == nil {
		w.faults.panicked(program, false)
		return ended
	}

	w.config.Logger.Error("a job made the worker panic",
		"job", r.record.ID, "message", r.place(), "type", p.Type, "stack", string(p.Stack))

	if inRow := w.faults.panicked(program, true); inRow >= mostPanics {
		return w.haltPanicking(program, p)
	}

	if r.delivered <= 1 {
		return back(w.later(r)) // once more, perhaps at another worker
	}

	// Where its attempt runs it is Held, and ends with its attempts.
	said := "the worker panicked on it with a " + p.Type
	if p := guard.Run(func() { ended = w.endUnread(ctx, msg, r, jobs.ReasonWorkerPanic, said) }); p != nil {
		w.config.Logger.Error("the job could not be ended; it goes back to the queue",
			"message", r.place(), "type", p.Type, "stack", string(p.Stack))

		return back(w.later(r))
	}

	return ended
}

// haltPanicking halts a program at this worker when each of its jobs panics: the cause is not in them.
func (w *Worker) haltPanicking(program string, p *guard.PanicError) disposal {
	ended := back(w.jittered(w.config.HandBack))

	if pacer := w.config.Pacers[program]; pacer != nil {
		ended.probe = pace.ProbeRefused

		if pacer.Halt(fmt.Sprintf("%s: %d jobs in a row made this worker panic, the last with a %s",
			jobs.ReasonWorkerPanic, mostPanics, p.Type)) {
			w.config.Logger.Error(
				"HALTED at this worker: one job after the other makes it panic; none is taken, none is charged, others go on",
				"program", program, "reason", jobs.ReasonWorkerPanic, "type", p.Type,
				"what_to_do", "see the stack in the log: an earlier version of the worker may do, or other settings")
		}
	}

	return ended
}

// endUnread ends a job that no worker can work on, under its id or, where that was not read, under its place in the queue.
func (w *Worker) endUnread(ctx context.Context, msg jetstream.Msg, r reading, reason jobs.Reason, message string) disposal {
	if r.record.ID == "" {
		r.record = w.keptOfBroken(r, msg)
	}

	return w.endInvalid(ctx, r, store.Failure{
		Source: sourceWorker, Reason: string(reason),
		Message: message + "; the log of the worker has the place, and the job was not sent",
	})
}

// ask makes the one call of an attempt. A panic on the way may have come after the request was sent.
func (w *Worker) ask(ctx context.Context, r reading, claim store.Claim, turn mastercard.Turn) (answer mastercard.Answer) {
	p := guard.Run(func() { answer = w.send(ctx, r, claim, turn) })
	if p == nil {
		return answer
	}

	w.config.Logger.Error("a call made the worker panic", "job", r.record.ID, "type", p.Type, "stack", string(p.Stack))

	return mastercard.Answer{Verdict: mastercard.Unknown, Failure: mastercard.Failure{
		Source: sourceWorker, Reason: string(jobs.ReasonWorkerPanic), Message: "the worker panicked during the call with a " + p.Type,
	}}
}
