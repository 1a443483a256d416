package enroll

import (
	"context"
	"fmt"

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

// decidePanic says what becomes of a job that made the worker panic.
func (w *Worker) decidePanic(r *reading, p *guard.PanicError) (next decision) {
	defer func() { next.panicked = true }()

	w.config.Logger.Error("a job made the worker panic",
		"job", r.record.ID, "message", r.place(), "type", p.Type, "stack", string(p.Stack))

	inRow := w.faults.panicked(r.via)

	switch {
	case r.via != "" && inRow >= mostPanics && r.delivered <= mostHaltedDeliveries:
		return w.haltPanicking(r, p)
	case r.delivered <= 1:
		return back(w.later(r)) // once more, perhaps at another worker
	default: // where its attempt runs it is Held, and ends with its attempts
		w.lookInto(r) // it may have panicked before that was seen

		return w.decideUnread(r, jobs.ReasonWorkerPanic, "the worker panicked on it with a "+p.Type)
	}
}

// haltPanicking halts a program at this worker when each of its jobs panics: the cause is not in them. Each probe meets another
// job, since those that have panicked stay away for longer, and the probes do not become fewer: where only some jobs panic, one
// of the others opens the gate.
func (w *Worker) haltPanicking(r *reading, p *guard.PanicError) decision {
	next := back(w.later(r))
	next.probe = pace.ProbeAgain

	const advice = "see the stack in the log: an earlier version of the worker may do, or other settings"

	said := fmt.Sprintf("%s: %d jobs in a row made this worker panic, the last with a %s",
		jobs.ReasonWorkerPanic, mostPanics, p.Type)
	if w.config.Pacers[r.via].HaltOwn(said, advice) {
		w.config.Logger.Error(
			"HALTED at this worker: one job after the other makes it panic; none is taken, none is charged, others go on",
			"program", r.via, "reason", jobs.ReasonWorkerPanic, "type", p.Type, "what_to_do", advice)
	}

	return next
}

// decideUnread ends a job that no worker can work on, under its id or, where that was not read, under its place in the queue.
// What was found in it that must not be kept goes before.
func (w *Worker) decideUnread(r *reading, reason jobs.Reason, message string) decision {
	field := ""
	if r.problem != nil && mayNotBeKept(r.problem.Reason) {
		reason, field, message = r.problem.Reason, r.problem.Field, message+"; it "+r.problem.Message
	}

	return w.decideInvalid(r, store.Failure{
		Source: sourceWorker, Reason: string(reason), Field: field,
		Message: message + "; the log of the worker has the place, and the job was not sent",
	})
}

// ask makes the one call of an attempt. A panic on the way may have come after the request was sent.
func (w *Worker) ask(ctx context.Context, r *reading, flowID string, turns *turns) (answer mastercard.Answer) {
	p := guard.Run(func() { answer = w.send(ctx, r, flowID, turns) })
	if p == nil {
		return answer
	}

	w.config.Logger.Error("a call made the worker panic", "job", r.record.ID, "type", p.Type, "stack", string(p.Stack))

	return mastercard.Answer{Verdict: mastercard.Unknown, Failure: mastercard.Failure{
		Source: sourceWorker, Reason: string(jobs.ReasonWorkerPanic), Message: "the worker panicked during the call with a " + p.Type,
	}}
}
