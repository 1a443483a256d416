package enroll

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// handle is the way of one message, from the queue back to the queue:
//
//	receive → read → admit → claim → call → decide → settle
//
// A job that makes the worker panic is no reason for the process to end, which would take the jobs beside it along, and then the
// next worker that gets the message.
func (l *lane) handle(taking, work context.Context, msg jetstream.Msg, probe bool, slot *pace.Slot) decision {
	w := l.worker
	if jobs.IsPoll(msg.Headers()) && l.Due() {
		return l.handlePoll(taking, work, msg, probe)
	}

	r := &reading{delivery: w.receive(msg, probe), body: msg.Data()}
	r.alone = r.due && msg.Headers().Get(aloneHeader) != ""

	if jobs.IsReminder(msg.Headers()) && l.Due() {
		if next, decided := l.recall(taking, work, r); decided {
			w.acknowledge(msg, next)

			return next
		}
	}

	defer r.unlease()
	defer w.leaveSubmission(work, r)

	var next decision

	if p := guard.Run(func() { next = l.process(taking, work, r) }); p != nil {
		next = w.decidePanic(r, p)
	}

	slot.Settle()

	settled := w.settleSafely(r.traced(work), r, next)
	w.tracer.end(r, settled)

	return settled
}

// process takes a job as far as the decision what becomes of it. Each step returns what it has found, and the first that finds
// that the job ends here returns the decision. None writes, publishes or acknowledges.
func (l *lane) process(taking, work context.Context, r *reading) decision {
	w := l.worker

	if next, refused := l.refuses(taking, r.probe); refused {
		return next
	}

	if crashed := w.readGuarded(work, r); crashed {
		return w.decideCrashed(r)
	}

	w.flight.name(r.msg, r.record.ID)
	w.tracer.begin(work, r)
	work = r.traced(work)

	if next, decided := w.decideRead(work, r); decided {
		return next
	}

	waited := w.tracer.step(work, "wait for its turn")
	permit, next, admitted := l.admit(taking, r.probe)

	waited()

	defer permit.release()

	if !admitted {
		return next
	}

	if w.expired(work, r) { // while it waited for its turn
		return w.decideExpired(r)
	}

	claim, err := w.claim(work, r)

	switch {
	case err != nil:
		return w.storeFailed("claiming the job", r, err)
	case claim.Decision != store.Begun:
		return w.decideRow(r, claim)
	}

	if r.batched() {
		return w.decideAnswer(r, claim, w.submit(taking, work, r, claim))
	}

	answer := w.call(work, r, claim, permit)

	return w.decideAnswer(r, claim, answer)
}
