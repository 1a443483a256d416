package enroll

import (
	"time"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// state is what an answer means for a job.
type state struct {
	status store.Status
	// after is how long from its commit a retrying job is due.
	after time.Duration
	// refund: the attempt does not count against the limit.
	refund bool
}

// stateAfter turns the verdict of an answer into the job's next state. Nothing after it looks at the answer again.
func stateAfter(answer mastercard.Answer, claim store.Claim, program Program, jitter float64) state {
	again := program.Backoff.Delay(claim.Charged, jitter)

	switch answer.Verdict {
	case mastercard.Enrolled:
		return state{status: store.StatusEnrolled}
	case mastercard.AlreadyEnrolled:
		return state{status: store.StatusAlreadyEnrolled}
	case mastercard.Unenrolled:
		return state{status: store.StatusUnenrolled}
	case mastercard.NotEnrolled:
		return state{status: store.StatusNotEnrolled}
	case mastercard.Updated:
		return state{status: store.StatusUpdated}
	case mastercard.Forgotten:
		return state{status: store.StatusForgotten}
	case mastercard.Pushed:
		return state{status: store.StatusPushed}
	case mastercard.Submitted:
		return state{status: store.StatusSubmitted}
	case mastercard.Rejected:
		return state{status: store.StatusRejected}
	case mastercard.Halted:
		return state{status: store.StatusPending, refund: true}
	case mastercard.Throttled:
		// Not all at once when the pause ends: up to a quarter of it, and a second, later.
		pause := throttlePause(answer)
		spread := time.Duration(jitter * float64(pause/4+time.Second))

		return state{status: store.StatusRetrying, after: pause + spread, refund: true}
	case mastercard.Unknown:
		if program.OnUnknown == Hold {
			return state{status: store.StatusInDoubt}
		}

		return orExhausted(state{status: store.StatusRetrying, after: again}, claim, program)
	default: // Retry, and a verdict that a newer client may bring
		if withheld(answer) {
			return state{status: store.StatusPending, refund: true}
		}

		if neverLeft(answer) {
			return retryUncharged(claim, program, jitter)
		}

		return orExhausted(state{status: store.StatusRetrying, after: again}, claim, program)
	}
}

// throttlePause is what the API asks for, and a second where it does not say.
func throttlePause(answer mastercard.Answer) time.Duration {
	return max(answer.RetryAfter, time.Second)
}

func orExhausted(n state, claim store.Claim, program Program) state {
	if claim.Charged >= program.MaxAttempts {
		return state{status: store.StatusDead}
	}

	return n
}

// finish is the record of an answer. Whether the retry would come after the job's last time is decided where it is written
// down, by Postgres' clock.
func (n state) finish(id string, claim store.Claim, program Program, answer mastercard.Answer) store.FinishRequest {
	return store.FinishRequest{
		JobID:                id,
		Attempt:              claim.Attempt,
		StartedAt:            claim.StartedAt,
		Verdict:              string(answer.Verdict),
		Status:               n.status,
		Refund:               n.refund,
		RetryAfter:           n.after,
		MaxAge:               time.Duration(program.MaxAge),
		HTTPStatus:           answer.HTTPStatus,
		Failure:              store.Failure(answer.Failure),
		SrcDigitalCardID:     answer.SrcDigitalCardID,
		SrcCorrelationID:     answer.SrcCorrelationID,
		SrcFlowID:            answer.FlowID,
		TokenUniqueReference: answer.TokenUniqueReference,
		SrcConsumerID:        answer.SrcConsumerID,
	}
}
