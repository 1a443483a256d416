package enroll

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// decideRead says whether a job ends by what its message says.
func (w *Worker) decideRead(ctx context.Context, r *reading) (next decision, decided bool) {
	switch {
	case r.wrapped && r.workersFault():
		return w.decideWrapped(r), true
	case r.workersFault():
		return w.decidePostponed(r), true
	case r.problem != nil:
		return w.decideInvalid(r, problemFailure(r.problem)), true
	case w.expired(ctx, r):
		return w.decideExpired(r), true
	}

	if find := r.operation().find; find != nil {
		return find(w, ctx, r)
	}

	return decision{}, false
}

// decideInvalid ends a message that is no job. Its row says so when no copy of the message is kept.
func (w *Worker) decideInvalid(r *reading, failure store.Failure) decision {
	if why := r.notKept(jobs.Reason(failure.Reason)); why != "" {
		failure.Message += "; no copy of the message is kept: " + why
	}

	return ended(r, store.StatusInvalid, failure)
}

func (w *Worker) decideExpired(r *reading) decision {
	if r.receiptEndsFirst() {
		return ended(r, store.StatusExpired, store.Failure{
			Source: sourceJob, Reason: reasonReceiptExpired, Field: "pushAccountReceipt.issuedAt",
			Message: "was too long ago: the push account receipt has ended, and the job was not sent; push the account again",
		})
	}

	return ended(r, store.StatusExpired, store.Failure{
		Source: sourceJob, Reason: reasonExpired, Field: "not_after", Message: "has passed; the job was not sent",
	})
}

// decideRow says what becomes of a job by what its row says, which this worker has asked about or has just written.
func (w *Worker) decideRow(r *reading, claim store.Claim) decision {
	switch claim.Decision {
	case store.Ended, store.Final, store.InDoubt:
		// Whoever settled it may have stopped before the world was told, and how often a message was delivered does not say
		// so: a server that is killed forgets deliveries. So the outcome is announced whenever a settled job is seen.
		return concluded(claim.Outcome)
	case store.Submitted:
		return decision{action: await, waiting: waitingOf(claim, claim.Outcome)}
	case store.Held:
		// No lease is longer than ours, but for a clock of Postgres' that was set back meanwhile, and may be right again soon.
		return back(min(claim.Wait, w.config.Lease) + w.jittered(w.config.HandBack))
	case store.Waiting:
		return w.decideWaiting(r)
	case store.Superseded:
		return decideSuperseded(r)
	case store.NotDue:
		return w.decideNotDue(r, claim)
	case store.Postponed:
		return scheduled(claim.NextAttemptAt, claim.Wait, claim.Outcome.Attempts).lacking(r.lack())
	case store.Conflict:
		return w.decideConflict(r)
	case store.Purged:
		return w.decidePurged(r, claim)
	case store.KeyMissing:
		return w.decideUncomparable(r, claim)
	case store.Canceled:
		return ended(r, store.StatusCanceled, store.Failure{
			Source: sourceOperator, Reason: reasonCanceled, Message: "the batch was canceled " + claim.Canceled.String(),
		})
	case store.Exhausted:
		return ended(r, store.StatusDead, store.Failure{
			Source: sourceWorker, Reason: reasonExhausted,
			Message: "no attempt is left, and the last ended because its worker stopped",
		})
	default:
		return w.giveUp("deciding by the row", errors.New("the store decided what cannot be: "+claim.Decision.String()))
	}
}

// decideWaiting hands back a job that is not begun for the sake of another one of its card or consumer. One that forgets may wait
// for an enrollment as long as that is tried.
func (w *Worker) decideWaiting(r *reading) decision {
	if r.job.Asks() != jobs.Forget {
		return back(w.jittered(w.config.HandBack))
	}

	w.repeats.note(occurrence{slog.LevelInfo, "a job that forgets waits for other jobs of its consumer", r.program.Name}, r.job.ID)

	return back(min(w.later(r), longestForgetWait))
}

// longestForgetWait is from one look to the next whether an enrollment that a job waits for has ended.
const longestForgetWait = 15 * time.Second

func decideSuperseded(r *reading) decision {
	message := "a change of the same card or consumer that was published later has been made, or may have been; publish this one " +
		"again under a new id if it is still to be"
	if asked := r.job.Asks(); asked == jobs.Enroll || asked == jobs.Push {
		message = "its consumer was to be forgotten by a job that was published later; the card was not sent; publish it again " +
			"under a new id if it is to be enrolled"
	}

	return ended(r, store.StatusSuperseded, store.Failure{Source: sourceJob, Reason: reasonSuperseded, Message: message})
}

// longestHandBack bounds how long a message is handed back for until its job is due. Such a message takes one of the consumer's
// places (max_ack_pending) meanwhile: when thousands come out early, those that are truly due would wait behind them.
const longestHandBack = time.Minute

// decideNotDue keeps a job until its next attempt. A retry that came out a little early, as the queue's clock is ahead of
// Postgres', is handed back until it is due. One that came out much too early, as the queue's clock was put forward, is scheduled
// again. The job's first message, delivered again after somebody died between the commit and the retry, leads to the retry that
// may be missing.
func (w *Worker) decideNotDue(r *reading, claim store.Claim) decision {
	if r.due && claim.Wait <= longestHandBack {
		return back(claim.Wait + time.Duration(w.config.Jitter()*float64(redeliverDelay)))
	}

	return scheduled(claim.NextAttemptAt, claim.Wait, claim.Outcome.Attempts)
}

// decideConflict ends a job whose id was used for another one. The first keeps its row; this one gets a row of its own, under
// the id with a mark that no id can have.
func (w *Worker) decideConflict(r *reading) decision {
	const mark = 8 // bytes of the digest

	next := ended(r, store.StatusConflict, store.Failure{
		Source: sourceJob, Reason: reasonConflict, Field: "id",
		Message: "was used before for a job with other content; publish this one under a new id",
	})
	next.end.Job.ID += "~" + hex.EncodeToString(r.record.MessageDigest[:mark])

	return next
}

// decidePurged ends a message under the id of a job that had its outcome and was purged. It is not sent, as the card may be
// enrolled. Its sender hears of it; no row is written, as it would hold anew what was to be forgotten, and the event says no
// more than the id. However often the message comes, the event has one id.
func (w *Worker) decidePurged(r *reading, claim store.Claim) decision {
	w.endings.note(ending{r.program.Name, store.StatusConflict, reasonPurged})

	return concluded(store.Outcome{
		JobID: r.record.ID, Program: r.record.Program, Status: store.StatusConflict,
		Operation: cmp.Or(r.record.Operation, store.OperationEnroll),
		Failure: store.Failure{
			Source: sourceJob, Reason: reasonPurged, Field: "id",
			Message: "is that of a job that had its outcome and was purged; this one was not sent; publish it under a new id",
		},
		CompletedAt: claim.PurgedAt,
	})
}

// decideAnswer says what is to be written down of an answer.
func (w *Worker) decideAnswer(r *reading, claim store.Claim, answer mastercard.Answer) decision {
	finish := stateAfter(answer, claim, r.program, w.config.Jitter()).finish(r.record.ID, claim, r.program, answer)
	finish = r.forgetting.finish(finish)
	finish.SrcDigitalCardID = cmp.Or(finish.SrcDigitalCardID, r.card.SrcDigitalCardID)
	finish.SrcConsumerID = cmp.Or(finish.SrcConsumerID, r.card.SrcConsumerID)

	if r.pushed != nil && finish.Status == store.StatusPushed {
		sealed, err := w.config.Keys().SealPushed(*r.pushed)
		if err != nil {
			return w.giveUp("sealing what the push gave", err) // pushed again: another receipt is no harm
		}

		finish.SealedResult = sealed
	}

	if r.submission != nil {
		finish.APIBatchID, finish.RetryAfter = r.submission.apiBatch, r.program.resultDue()
	}

	return decision{action: writeAnswer, finish: &finish, probe: probeOf(answer, claim.Charged > 1)}
}

// decideFinished says what becomes of a job whose answer is written down. The row says what that is, not the answer.
func (w *Worker) decideFinished(r *reading, finished store.FinishResult) decision {
	switch {
	case finished.Finished == store.Fenced:
		return left()
	case finished.Outcome.Status == store.StatusPending:
		return back(w.jittered(w.config.HandBack))
	case finished.Outcome.Status == store.StatusSubmitted && r.polled != "":
		return left() // it has been sent again meanwhile, in another batch
	case finished.Outcome.Status == store.StatusSubmitted:
		return decision{action: await, waiting: waitingOf(r.claim, finished.Outcome)}
	case finished.Outcome.Status == store.StatusRetrying:
		return scheduled(finished.NextAttemptAt, finished.Wait, finished.Outcome.Attempts)
	default:
		return concluded(finished.Outcome)
	}
}

// storeFailed gives back a job that Postgres could not be asked about. What Postgres refuses, it refuses again: such a job comes
// back seldom.
func (w *Worker) storeFailed(doing string, r *reading, err error) decision {
	after := w.jittered(w.config.HandBack)
	if errors.Is(err, store.ErrRefused) {
		after = w.later(r)
	}

	next := back(after)
	next.failed = &failure{doing, err}

	return next
}

// giveUp gives back a job for another reason. Its next delivery finds what was done, and goes on.
func (w *Worker) giveUp(doing string, err error) decision {
	next := back(w.jittered(w.config.HandBack))
	next.failed = &failure{doing, err}

	return next
}

// ended settles a job without a call.
func ended(r *reading, status store.Status, failure store.Failure) decision {
	return decision{action: writeEnd, end: &store.EndRequest{
		Job: r.record, Status: status, Failure: failure, TraceID: r.traceID, Conceal: r.concealed,
	}}
}

func problemFailure(p *jobs.Problem) store.Failure {
	return store.Failure{Source: sourceJob, Reason: string(p.Reason), Field: p.Field, Message: p.Message}
}

// jittered spreads a pause over one to two times its length.
func (w *Worker) jittered(d time.Duration) time.Duration {
	return d + time.Duration(w.config.Jitter()*float64(d))
}

// later is a pause that grows with each delivery, so that messages that cannot be worked on do not keep others from being met.
func (w *Worker) later(r *reading) time.Duration { return w.afterDelivery(r.delivered) }

func (w *Worker) afterDelivery(delivered uint64) time.Duration {
	const doublings = 9

	return min(w.jittered(w.config.HandBack)<<min(delivered, doublings), longestLater)
}

// longestLater bounds that pause.
const longestLater = 30 * time.Minute
