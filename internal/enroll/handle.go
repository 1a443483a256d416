package enroll

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// process brings one message to an outcome, a scheduled retry, or back to the queue. What is read of the message is kept in r as
// it is found. A job that is to be sent passes ration first, which may say that it has to go back.
func (w *Worker) process(ctx context.Context, msg jetstream.Msg, r *reading, ration func() (disposal, bool)) disposal {
	if crashed := w.readAlone(ctx, msg, r); crashed {
		return w.endCrashed(ctx, msg, *r)
	}

	w.flight.name(msg, r.record.ID)

	ended := w.work(ctx, *r, ration)
	if ended.what == acknowledge {
		w.endPlace(ctx, *r)
	}

	return ended
}

// work brings what was read to an end.
func (w *Worker) work(ctx context.Context, r reading, ration func() (disposal, bool)) disposal {
	switch {
	case r.wrapped && workersFault(r.problem.Reason):
		return w.await(r)
	case r.problem != nil && workersFault(r.problem.Reason):
		return w.postpone(ctx, r)
	case r.problem != nil:
		return w.endInvalid(ctx, r, problemFailure(r.problem))
	case w.expired(ctx, r):
		return w.expire(ctx, r)
	default:
		return w.attempt(ctx, r, ration)
	}
}

// expired goes by Postgres' clock, as everything does that decides about a job, and has Postgres asked for it before a job ends:
// what this worker knows of that clock may be from before it was set. When it cannot be asked the job goes on, to where
// Postgres is needed.
func (w *Worker) expired(ctx context.Context, r reading) bool {
	passed := func() bool { return !r.job.NotAfter.IsZero() && !w.ledger.Now().Before(r.job.NotAfter) }

	return passed() && w.ledger.ReadClock(ctx) == nil && passed()
}

func (w *Worker) expire(ctx context.Context, r reading) disposal {
	return w.end(ctx, r, store.StatusExpired, store.Failure{
		Source: sourceJob, Reason: reasonExpired, Field: "not_after", Message: "has passed; the job was not sent",
	})
}

// attempt claims the job and, when it is ours, calls the API.
func (w *Worker) attempt(ctx context.Context, r reading, ration func() (disposal, bool)) disposal {
	if r.job.Unenrolls() {
		if ended, found := w.findCard(ctx, &r); !found {
			return ended
		}
	}

	if ended, admitted := ration(); !admitted {
		return ended
	}

	if w.expired(ctx, r) { // while it waited for its turn
		w.config.Pacers[r.program.Name].Return()

		return w.expire(ctx, r)
	}

	// A claim is not cut off half-way: it could be committed all the same, and hold the job back until its lease ends.
	claim, err := w.ledger.Begin(context.WithoutCancel(ctx), store.BeginRequest{
		Job:         r.record,
		Worker:      w.config.Name,
		TraceID:     r.traceID,
		Lease:       w.config.Lease,
		MaxAttempts: r.program.MaxAttempts,
		HoldUnknown: r.program.OnUnknown == Hold,
	})
	if err != nil {
		w.config.Pacers[r.program.Name].Return()

		return w.unrecorded("claiming the job", r, err)
	}

	if claim.Decision != store.KeyMissing {
		w.faults.opened(r.program.Name)
	}

	if claim.Decision == store.Begun {
		return w.call(ctx, r, claim)
	}

	w.config.Pacers[r.program.Name].Return()

	switch claim.Decision {
	case store.Canceled:
		return w.cancel(ctx, r, claim)
	case store.Exhausted:
		return w.end(ctx, r, store.StatusDead, store.Failure{
			Source: sourceWorker, Reason: reasonExhausted,
			Message: "no attempt is left, and the last ended because its worker stopped",
		})
	default:
		return w.standing(ctx, r, claim)
	}
}

func (w *Worker) cancel(ctx context.Context, r reading, claim store.Claim) disposal {
	return w.end(ctx, r, store.StatusCanceled, store.Failure{
		Source: sourceOperator, Reason: reasonCanceled, Message: "the batch was canceled " + claim.Canceled.String(),
	})
}

// end settles a job without a call.
func (w *Worker) end(ctx context.Context, r reading, status store.Status, failure store.Failure) disposal {
	claim, err := w.ledger.End(ctx, store.EndRequest{
		Job: r.record, Status: status, Failure: failure, TraceID: r.traceID, Conceal: r.concealed,
	})
	if err != nil {
		return w.unrecorded("ending the job", r, err)
	}

	if claim.Decision == store.Ended {
		w.endings.note(ending{r.program.Name, claim.Outcome.Status, failure.Reason})
		w.config.Logger.Debug("job ended without a call",
			"job", r.record.ID, "status", claim.Outcome.Status, "reason", failure.Reason, "field", failure.Field)

		return w.conclude(ctx, r, claim.Outcome)
	}

	return w.standing(ctx, r, claim)
}

// endInvalid settles a message that is no job. Its row says so when no copy of the message is kept.
func (w *Worker) endInvalid(ctx context.Context, r reading, failure store.Failure) disposal {
	if why := r.notKept(jobs.Reason(failure.Reason)); why != "" {
		failure.Message += "; no copy of the message is kept: " + why
	}

	return w.end(ctx, r, store.StatusInvalid, failure)
}

// standing deals with a job that already has a row which says what to do.
func (w *Worker) standing(ctx context.Context, r reading, claim store.Claim) disposal {
	switch claim.Decision {
	case store.Final, store.InDoubt:
		// Whoever settled it may have stopped before the world was told, and how often a message was delivered does not say
		// so: a server that is killed forgets deliveries. So the outcome is announced whenever a settled job is seen.
		return w.conclude(ctx, r, claim.Outcome)
	case store.Held:
		// No lease is longer than ours, but for a clock of Postgres' that was set back meanwhile, and may be right again soon.
		return back(min(claim.Wait, w.config.Lease) + w.jittered(w.config.HandBack))
	case store.NotDue:
		return w.notDue(ctx, r, claim)
	case store.Conflict:
		return w.conflict(ctx, r)
	case store.KeyMissing:
		return w.uncomparable(ctx, r, claim)
	default:
		w.config.Logger.Error("the store decided what cannot be", "job", r.record.ID, "decision", claim.Decision)
		return back(w.jittered(w.config.HandBack))
	}
}

// longestHandBack bounds how long a message is left with the queue before its job is looked at again.
const longestHandBack = 10 * time.Minute

// notDue keeps a job until its next attempt. A retry that came out early, as the queue's clock is ahead of Postgres', is
// handed back until it is due: it is the only message of the job, and acknowledged only with its attempt. The job's first
// message, delivered again after somebody died between the commit and the retry, leads to the retry that may be missing.
func (w *Worker) notDue(ctx context.Context, r reading, claim store.Claim) disposal {
	if r.due {
		return back(min(claim.Wait, longestHandBack) + time.Duration(w.config.Jitter()*float64(shortly)))
	}

	return w.scheduled(ctx, r, claim.NextAttemptAt, claim.Wait, claim.Outcome.Attempts)
}

// conflict records that an id was used for two different jobs. The first keeps
// its row; this one gets a row of its own, under the id with a mark that no id can have.
func (w *Worker) conflict(ctx context.Context, r reading) disposal {
	const mark = 8 // bytes of the digest

	r.record.ID += "~" + hex.EncodeToString(r.record.MessageDigest[:mark])

	return w.end(ctx, r, store.StatusConflict, store.Failure{
		Source: sourceJob, Reason: reasonConflict, Field: "id",
		Message: "was used before for a job with other content; publish this one under a new id",
	})
}

// unrecorded gives back a job that Postgres could not be asked about, and keeps
// the lanes from taking more until it answers.
func (w *Worker) unrecorded(doing string, r reading, err error) disposal {
	loudly(w.config.Logger, err)("the store failed; the job goes back to the queue",
		"doing", doing, "job", r.record.ID, "error", err)

	if errors.Is(err, store.ErrRefused) {
		return back(w.later(r)) // it is refused again: not often, and no reason to leave the others
	}

	pause := w.jittered(w.config.HandBack)
	// A row that somebody holds is no reason to leave the others.
	if store.Retryable(err) && !errors.Is(err, store.ErrLocked) {
		for _, pacer := range w.config.Pacers {
			pacer.CoolDown(pause)
		}
	}

	return back(pause)
}

// loudly logs what came of an error of the store: that Postgres is away is told once for all jobs, the rest is for who looks.
func loudly(logger *slog.Logger, err error) func(message string, args ...any) {
	if away(err) {
		return logger.Debug
	}

	return logger.Error
}

// jittered spreads a pause over one to two times its length.
func (w *Worker) jittered(d time.Duration) time.Duration {
	return d + time.Duration(w.config.Jitter()*float64(d))
}

func problemFailure(p *jobs.Problem) store.Failure {
	return store.Failure{Source: sourceJob, Reason: string(p.Reason), Field: p.Field, Message: p.Message}
}
