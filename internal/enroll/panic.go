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

// mostHaltedDeliveries is after how many deliveries a job that panics is ended although the program is halted for panics: at a
// fleet of one worker, or of workers that are all alike, nobody else ever gets it. Handed back for longer each time, it has
// then panicked for some three hours.
const mostHaltedDeliveries = 12

// handle processes one message. One that makes the worker panic is no reason for the process to end, which would take the jobs
// beside it along, and then the next worker that gets the message.
func (w *Worker) handle(
	ctx context.Context, msg jetstream.Msg, probe bool, ration func() (disposal, bool),
) (ended disposal) {
	r := reading{probe: probe}
	r.address(msg)

	program := w.programOf(msg)

	p := guard.Run(func() { ended = w.process(ctx, msg, &r, ration) })
	if p == nil {
		// A job that was only handed back, as its turn did not come, does not say that this worker can bring one to its end.
		if ended.what == acknowledge {
			w.faults.completed(program)
		}

		return ended
	}

	w.config.Logger.Error("a job made the worker panic",
		"job", r.record.ID, "message", r.place(), "type", p.Type, "stack", string(p.Stack))

	inRow := w.faults.panicked(program)

	switch {
	case program != "" && inRow >= mostPanics && r.delivered <= mostHaltedDeliveries:
		return w.haltPanicking(program, r, p)
	case r.delivered <= 1:
		return back(w.later(r)) // once more, perhaps at another worker
	default:
		return w.endPanicking(ctx, msg, r, p)
	}
}

// programOf is the configured program of a message's subject. Other subjects have the empty one together: a publisher can make
// up any number.
func (w *Worker) programOf(msg jetstream.Msg) string {
	program, _ := jobs.ProgramOf(msg.Subject())
	if w.config.Pacers[program] == nil {
		return ""
	}

	return program
}

// haltPanicking halts a program at this worker when each of its jobs panics: the cause is not in them. Each probe meets another
// job, since those that have panicked stay away for longer, and the probes do not become fewer: where only some jobs panic, one
// of the others opens the gate.
func (w *Worker) haltPanicking(program string, r reading, p *guard.PanicError) disposal {
	ended := back(w.later(r))
	ended.probe = pace.ProbeUnanswered

	said := fmt.Sprintf("%s: %d jobs in a row made this worker panic, the last with a %s",
		jobs.ReasonWorkerPanic, mostPanics, p.Type)
	if w.config.Pacers[program].Halt(said) {
		w.config.Logger.Error(
			"HALTED at this worker: one job after the other makes it panic; none is taken, none is charged, others go on",
			"program", program, "reason", jobs.ReasonWorkerPanic, "type", p.Type,
			"what_to_do", "see the stack in the log: an earlier version of the worker may do, or other settings")
	}

	return ended
}

// endPanicking ends a job that made the worker panic. Where its attempt runs it is Held, and ends with its attempts.
func (w *Worker) endPanicking(ctx context.Context, msg jetstream.Msg, r reading, p *guard.PanicError) (ended disposal) {
	said := "the worker panicked on it with a " + p.Type
	if p := guard.Run(func() { ended = w.endUnread(ctx, msg, r, jobs.ReasonWorkerPanic, said) }); p != nil {
		w.config.Logger.Error("the job could not be ended; it goes back to the queue",
			"message", r.place(), "type", p.Type, "stack", string(p.Stack))

		return back(w.later(r))
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
