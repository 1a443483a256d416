package enroll

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// Why nobody knows what became of a job whose batch was taken.
const (
	reasonMissingResult = "MISSING_IN_BATCH"
	reasonBatchDeadline = "BATCH_DEADLINE"
)

// settleResult settles a job of a batch by its result, and reports whether it is done: settled, to be sent again, or another's.
func (w *Worker) settleResult(ctx context.Context, p *polling, job jobs.SubmittedJob, overdue bool) (done bool) {
	r, problem := w.readSubmitted(p, job)
	if problem != nil {
		w.repeats.note(occurrence{slog.LevelError, "a job of a batch cannot be read, and waits", p.program.Name},
			"batch "+p.poll.APIBatch, "problem", problem)

		return false
	}

	answer, known := w.resultFor(p, r, overdue)
	if !known {
		return false
	}

	answer = w.guarded(r, answer)
	if answer.Verdict == mastercard.Halted { // nearly all are refused for one reason, and not for their cards
		w.react(r, answer)

		return false
	}

	w.tracer.beginResult(ctx, p, job, r)

	claim := store.Claim{Attempt: job.Attempt, Charged: job.Charged, StartedAt: job.StartedAt}
	next := w.carryOut(r.traced(ctx), r, w.decideAnswer(r, claim, answer))

	w.tracer.end(r, next)

	return next.action != handBack
}

// readSubmitted reads a job of a batch. It was looked through before it was sent. The number of its card, which nothing that is
// kept of its result may hold, came sealed with the poll; where it did not, the job's own seal is opened once more. Where the
// key is gone, the general rule for texts has to do.
func (w *Worker) readSubmitted(p *polling, job jobs.SubmittedJob) (*reading, *jobs.Problem) {
	r := &reading{delivery: p.delivery, program: p.program, body: job.Message, polled: p.poll.APIBatch, sound: true}
	r.traceparent, r.traceID = job.Traceparent, traceID(job.Traceparent)

	if r.job, r.problem = jobs.Decode(job.Message, p.program.CardLikeFields...); r.problem != nil {
		return nil, r.problem
	}

	r.record = w.newRecord(r.job)

	r.payload.Card.PrimaryAccountNumber = w.numberOf(job, r.job)

	return r, nil
}

// numberOf is the number of a submitted job's card; zero where it has none, or none of our keys opens its seal.
func (w *Worker) numberOf(submitted jobs.SubmittedJob, job jobs.Job) pan.Number {
	if !submitted.Number.IsZero() {
		return submitted.Number
	}

	if opened, _ := w.config.Keys().Unseal(job.Sealed, w.ledger.Now()); len(opened.Numbers) > 0 {
		return opened.Numbers[0]
	}

	return pan.Number{}
}

// resultFor returns what became of a job, as an answer of its own. known is false while that is not known.
func (w *Worker) resultFor(p *polling, r *reading, overdue bool) (answer mastercard.Answer, known bool) {
	id := r.recordID()

	if result, told := p.answer.Result(id.consumer, id.card); told {
		return answerOf(p.answer, w.withoutCard(result, r)), true
	}

	switch verdict := p.answer.Verdict; {
	case verdict == mastercard.Completed:
		return unknownResult(p.answer, reasonMissingResult, "the API has ended the batch, and its results do not have this job"), true
	case verdict == mastercard.Rejected && p.answer.Failure.Detail == mastercard.DetailBatchRefused:
		return w.refusedTogether(p, r), true
	case verdict == mastercard.Throttled, verdict == mastercard.Halted:
		return answer, false
	case overdue:
		return unknownResult(p.answer, reasonBatchDeadline, fmt.Sprintf(
			"the API has not ended the batch within %s, which is batch_deadline", time.Duration(p.program.BatchDeadline))), true
	default:
		return answer, false
	}
}

// withoutCard takes out of a result what is nobody's business: the number of the card, and where it tells of a failure, which may
// repeat any of them, the names and addresses of its holder. For these the job's seal is opened again.
func (w *Worker) withoutCard(result mastercard.RecordResult, r *reading) mastercard.RecordResult {
	result = result.Without(r.payload.Card.PrimaryAccountNumber)

	if result.Failure.Message == "" {
		return result
	}

	opened, problem := w.config.Keys().Unseal(r.job.Sealed, w.ledger.Now())
	if problem != nil { // it cannot be opened here: who knows what the text repeats
		result.Failure.Message = pan.MaskText(result.Failure.Message)
		return result
	}

	sent := enrollRequest(r.program, r.job, opened.Payload, "")

	return result.WithoutPersonal(sent.Card, sent.Consumer)
}

// answerOf is a record's result in the form of an answer to a call for it alone.
func answerOf(whole mastercard.BatchStatusAnswer, result mastercard.RecordResult) mastercard.Answer {
	return mastercard.Answer{
		Verdict: result.Verdict, HTTPStatus: whole.HTTPStatus,
		Failure: result.Failure, Advice: result.Advice, AboutCard: result.AboutCard,
		SrcDigitalCardID: result.SrcDigitalCardID, SrcConsumerID: result.SrcConsumerID,
		TokenUniqueReference: result.TokenUniqueReference,
		SrcCorrelationID:     whole.SrcCorrelationID, FlowID: whole.FlowID,
	}
}

// unknownResult is that of a job of which nobody knows whether its card is enrolled.
func unknownResult(whole mastercard.BatchStatusAnswer, reason, message string) mastercard.Answer {
	return mastercard.Answer{
		Verdict: mastercard.Unknown, HTTPStatus: whole.HTTPStatus,
		Failure: mastercard.Failure{Source: sourceWorker, Reason: reason, Detail: whole.Status, Message: message},
	}
}

// refusedTogether is what becomes of a job whose batch the API took and could not use. Nothing of it was enrolled. The fault
// may be in another job, so that each is sent again by itself, and only one that was by itself already is rejected.
func (w *Worker) refusedTogether(p *polling, r *reading) mastercard.Answer {
	answer := p.answer.Answer

	if !p.poll.Alone {
		r.alone = true
		answer.Verdict = mastercard.Retry
	}

	return answer
}
