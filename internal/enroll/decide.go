package enroll

import (
	"cmp"
	"time"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// next is what an answer means for a job.
type next struct {
	status store.Status
	// at is when a retrying job is due.
	at time.Time
	// refund: the attempt does not count against the limit.
	refund bool
}

// decide turns a verdict into the job's next state. Nothing after it looks at the answer again.
func decide(answer mastercard.Answer, claim store.Claim, program Program, now time.Time, jitter float64) next {
	again := now.Add(program.Backoff.Delay(claim.Charged, jitter))

	switch answer.Verdict {
	case mastercard.Enrolled:
		return next{status: store.StatusEnrolled}
	case mastercard.AlreadyEnrolled:
		return next{status: store.StatusAlreadyEnrolled}
	case mastercard.Unenrolled:
		return next{status: store.StatusUnenrolled}
	case mastercard.NotEnrolled:
		return next{status: store.StatusNotEnrolled}
	case mastercard.Rejected:
		return next{status: store.StatusRejected}
	case mastercard.Halted:
		return next{status: store.StatusPending, refund: true}
	case mastercard.Throttled:
		// Not all at once when the pause ends: up to a quarter of it, and a second, later.
		pause := throttlePause(answer)
		spread := time.Duration(jitter * float64(pause/4+time.Second))

		return orTooOld(next{status: store.StatusRetrying, at: now.Add(pause + spread), refund: true}, claim, program)
	case mastercard.Unknown:
		if program.OnUnknown == Hold {
			return next{status: store.StatusInDoubt}
		}

		return orExhausted(next{status: store.StatusRetrying, at: again}, claim, program)
	default: // Retry, and a verdict that a newer client may bring
		if neverLeft(answer) {
			return retryUncharged(claim, program, now, jitter)
		}

		return orExhausted(next{status: store.StatusRetrying, at: again}, claim, program)
	}
}

// throttlePause is what the API asks for, and a second where it does not say.
func throttlePause(answer mastercard.Answer) time.Duration {
	return max(answer.RetryAfter, time.Second)
}

func orExhausted(n next, claim store.Claim, program Program) next {
	if claim.Charged >= program.MaxAttempts {
		return next{status: store.StatusDead}
	}

	return orTooOld(n, claim, program)
}

func orTooOld(n next, claim store.Claim, program Program) next {
	if n.at.Sub(claim.AgeFrom) > time.Duration(program.MaxAge) {
		return next{status: store.StatusDead}
	}

	return n
}

// finish is the record of an answer.
func (n next) finish(id string, claim store.Claim, answer mastercard.Answer) store.FinishRequest {
	return store.FinishRequest{
		JobID:                id,
		Attempt:              claim.Attempt,
		StartedAt:            claim.StartedAt,
		Verdict:              string(answer.Verdict),
		Status:               n.status,
		Refund:               n.refund,
		NextAttemptAt:        n.at,
		HTTPStatus:           answer.HTTPStatus,
		Failure:              store.Failure(answer.Failure),
		SrcDigitalCardID:     answer.SrcDigitalCardID,
		SrcCorrelationID:     answer.SrcCorrelationID,
		SrcFlowID:            answer.FlowID,
		TokenUniqueReference: answer.TokenUniqueReference,
	}
}

// outcomeOf is what the row says once the finish is committed: what the answer
// does not tell stays as an earlier one told it.
func outcomeOf(job store.Job, claim store.Claim, finish store.FinishRequest, now time.Time) store.Outcome {
	return store.Outcome{
		JobID:                job.ID,
		Program:              job.Program,
		BatchID:              job.BatchID,
		ExternalConsumerID:   job.ExternalConsumerID,
		ExternalCardID:       job.ExternalCardID,
		Operation:            claim.Outcome.Operation,
		Status:               finish.Status,
		Failure:              finish.Failure,
		HTTPStatus:           finish.HTTPStatus,
		SrcDigitalCardID:     cmp.Or(finish.SrcDigitalCardID, claim.Outcome.SrcDigitalCardID),
		SrcCorrelationID:     cmp.Or(finish.SrcCorrelationID, claim.Outcome.SrcCorrelationID),
		TokenUniqueReference: cmp.Or(finish.TokenUniqueReference, claim.Outcome.TokenUniqueReference),
		Attempts:             claim.Attempt,
		Redriven:             claim.Outcome.Redriven,
		FirstSeenAt:          claim.FirstSeenAt,
		CompletedAt:          now,
	}
}
