package enroll

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

const (
	// mostWrites bounds how often the row of a job is written before its message goes back: what a row says may be that it has to
	// end in another way, as when its batch was canceled meanwhile.
	mostWrites = 4
	// ackTimeout bounds the wait until the server has the acknowledgements of a worker that stops.
	ackTimeout = 5 * time.Second
)

var errWritesDoNotEnd = errors.New("each write of the row led to another")

// settleSafely carries a decision out. When that panics, it carries out what is decided about the panic, and when that panics
// too, the message goes back.
func (w *Worker) settleSafely(ctx context.Context, r *reading, next decision) (settled decision) {
	for {
		p := guard.Run(func() { settled = w.settle(ctx, r, next) })
		if p == nil {
			return settled
		}

		if next.panicked {
			w.config.Logger.Error("the job could not be ended; it goes back to the queue",
				"message", r.place(), "type", p.Type, "stack", string(p.Stack))

			settled = back(w.later(r))
			w.acknowledge(r.msg, settled)

			return settled
		}

		next = w.decidePanic(r, p)
	}
}

// settle carries out what was decided about a job: it tells the program's pacer what concerns more than this job, commits,
// publishes what the row then asks for, and gives the message back to the queue, in this order. It is the one place that does.
// Jobs are settled beside each other: the store and the queue gather what comes together.
func (w *Worker) settle(ctx context.Context, r *reading, next decision) decision {
	next = w.carryOut(ctx, r, next)

	w.acknowledge(r.msg, next)

	// A job that was only handed back, as its turn did not come, does not say that this worker can bring one to its end.
	if next.acknowledged() && !next.panicked {
		w.faults.completed(r.via)
	}

	return next
}

// carryOut is settle without a word to the queue.
func (w *Worker) carryOut(ctx context.Context, r *reading, next decision) decision {
	for writes := 0; next.writes(); writes++ {
		if writes == mostWrites {
			next = w.giveUp("writing the row", errWritesDoNotEnd)
			break
		}

		next = w.commit(ctx, r, next)
	}

	w.slowDown(r, next)

	next = w.publish(ctx, r, next)

	if next.acknowledged() {
		w.settlePlace(ctx, r)
		w.erase(ctx, r, next)
		w.eraseNote(ctx, r)
		w.config.Reached(StepPublished)
	}

	return next
}

// commit writes into the job's row what was decided, and returns what the row says now.
func (w *Worker) commit(ctx context.Context, r *reading, d decision) (next decision) {
	defer func() {
		next.panicked = d.panicked

		if next.lack == nil {
			next.probe = d.probe
		}
	}()

	if d.action == writeAnswer {
		return w.commitAnswer(ctx, r, *d.finish)
	}

	r.record = d.end.Job // a conflict has a row of its own

	claim, err := w.ledger.End(ctx, *d.end)
	if err != nil {
		return w.storeFailed("ending the job", r, err)
	}

	if claim.Decision == store.Ended {
		w.endings.note(ending{r.program.Name, claim.Outcome.Status, d.end.Failure.Reason})
		w.config.Logger.Debug("job ended without a call",
			"job", r.record.ID, "status", claim.Outcome.Status, "reason", d.end.Failure.Reason, "field", d.end.Failure.Field)
	}

	return w.decideRow(r, claim)
}

func (w *Worker) commitAnswer(ctx context.Context, r *reading, finish store.FinishRequest) decision {
	finished, err := w.record(ctx, finish)

	r.unlease()

	if err != nil {
		return w.storeFailed("recording the answer", r, err)
	}

	if finished.Finished == store.Fenced {
		w.repeats.note(occurrence{slog.LevelWarn, "another worker has taken over the job; our answer is recorded with its attempt only",
			r.program.Name}, finish.JobID, "attempt", finish.Attempt)
	} else {
		w.config.Reached(StepCommitted)
	}

	return w.decideFinished(r, finished)
}

// slowDown tells of what keeps the job from going on, and keeps the lanes from taking more that would meet the same.
func (w *Worker) slowDown(r *reading, d decision) {
	if d.lack != nil {
		w.haltLacking(r, *d.lack)
	}

	if d.failed == nil {
		return
	}

	err := d.failed.err
	if unavailable(err) { // told once for all jobs
		w.config.Logger.Debug("the job goes back to the queue", "doing", d.failed.doing, "job", r.record.ID, "error", err)
	} else {
		w.repeats.note(occurrence{slog.LevelError, "the job goes back to the queue", r.program.Name}, r.record.ID,
			"doing", d.failed.doing, "error", err)
	}

	// A row that somebody holds is no reason to leave the others, nor is a job that Postgres refuses.
	if store.Retryable(err) && !errors.Is(err, store.ErrLocked) && !errors.Is(err, store.ErrRefused) {
		for _, pacer := range w.config.Pacers {
			pacer.CoolDown(d.after)
		}
	}
}

// logError logs what came of an error of the store: that Postgres is away is told once for all jobs, the rest is for who looks.
func logError(logger *slog.Logger, err error) func(message string, args ...any) {
	if unavailable(err) {
		return logger.Debug
	}

	return logger.Error
}

// publish publishes what a decision asks for. What fails here is published after the next delivery of the message, which finds
// the row.
func (w *Worker) publish(ctx context.Context, r *reading, d decision) decision {
	var (
		doing string
		err   error
	)

	switch d.action {
	case schedule:
		doing, err = "scheduling the retry", w.publishRetry(ctx, r, d.retry)
	case conclude:
		doing, err = w.publishOutcome(ctx, r, *d.outcome)
	case await:
		doing, err = "scheduling the question for the batch's results", w.publishWaiting(ctx, r, d.waiting)
	default:
	}

	if err == nil {
		return d
	}

	w.repeats.note(occurrence{slog.LevelError, "publishing failed; the message will come again", r.program.Name}, r.record.ID,
		"doing", doing, "error", err)

	next := back(w.jittered(w.config.HandBack))
	next.probe, next.panicked = d.probe, d.panicked

	return next
}

// publishOutcome tells the world of a settled job: by a dead letter where the job was given up or waits for an operator, and by
// an event where the outcome is final.
func (w *Worker) publishOutcome(ctx context.Context, r *reading, outcome store.Outcome) (doing string, err error) {
	if hasLetter(outcome.Status) && r.copied(outcome) {
		if err := w.publishLetter(ctx, r, outcome); err != nil {
			return "writing the dead letter", err
		}
	}

	if outcome.Status.Final() {
		return "announcing the outcome", w.announce(ctx, r, outcome)
	}

	return "", nil
}

// acknowledge tells the queue what becomes of a message, and does not wait for an answer: a word that is lost costs a redelivery,
// which finds the row and acknowledges again.
func (w *Worker) acknowledge(msg jetstream.Msg, d decision) {
	var err error

	switch {
	case d.acknowledged():
		err = msg.Ack()
	case d.action == handBack:
		err = msg.NakWithDelay(d.after)
	default: // left: another worker speaks for it
	}

	if err != nil {
		w.config.Logger.Warn("the queue did not take our word; the message will come again",
			"subject", pan.MaskText(msg.Subject()), "error", err)
	}

	w.config.Observer.Settled(d.disposition())
}
