package enroll

import (
	"context"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// operation is where the way of one kind of job parts from that of the others.
type operation struct {
	// open opens the job's seal; nil for jobs that have none.
	open func(w *Worker, ctx context.Context, r *reading)
	// find looks up what the job is about, before it is claimed: without it, the job ends without a call. nil for jobs that bring
	// all that is needed.
	find func(w *Worker, ctx context.Context, r *reading) (next decision, decided bool)
	// send makes the call.
	send func(w *Worker, ctx context.Context, r *reading, flowID string, turns *turns) mastercard.Answer
	// calls are the operations of profiles that such jobs lead to; batched those of programs on the batch lane.
	calls, batched []string
}

// operationOf returns the way of jobs with an operation. One more is one more case.
func operationOf(asked jobs.Operation) operation {
	switch asked {
	case jobs.Unenroll:
		return operation{
			find: (*Worker).findCard, send: (*Worker).sendUnenroll, calls: []string{profile.Unenroll}, batched: []string{profile.Unenroll},
		}
	case jobs.Update:
		calls := []string{profile.UpdateCard, profile.UpdateConsumer}

		return operation{
			open: (*Worker).openChange, find: (*Worker).findChanged, send: (*Worker).sendUpdate, calls: calls, batched: calls,
		}
	case jobs.Forget:
		calls := []string{profile.ForgetConsumer}

		return operation{find: (*Worker).findForgotten, send: (*Worker).sendForget, calls: calls, batched: calls}
	case jobs.Push:
		return operation{
			open: (*Worker).open, send: (*Worker).sendPush, calls: []string{profile.Enroll}, batched: []string{profile.Enroll},
		}
	default:
		return operation{
			open: (*Worker).open, send: (*Worker).sendEnroll,
			calls: []string{profile.Enroll}, batched: []string{profile.EnrollBatch, profile.BatchStatus},
		}
	}
}

// operation is that of the job.
func (r *reading) operation() operation { return operationOf(r.job.Asks()) }

// send sends the request. The flow id of the last answer takes it to the site that gave it.
func (w *Worker) send(ctx context.Context, r *reading, flowID string, turns *turns) mastercard.Answer {
	return r.operation().send(w, ctx, r, flowID, turns)
}

func (w *Worker) sendEnroll(ctx context.Context, r *reading, flowID string, turns *turns) mastercard.Answer {
	request := enrollRequest(r.program, r.job, r.payload, flowID)
	request.Turn = turns.take

	return w.api.Enroll(ctx, request)
}

func (w *Worker) sendUnenroll(ctx context.Context, r *reading, flowID string, turns *turns) mastercard.Answer {
	request := unenrollRequest(r.program, r.job, r.card, flowID)
	request.Turn = turns.take

	return w.api.Unenroll(ctx, request)
}
