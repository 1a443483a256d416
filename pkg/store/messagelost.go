package store

import (
	"context"
	"fmt"
	"time"
)

// ReasonMessageLost is the error reason of a job that MarkLost has ended.
const ReasonMessageLost = "MESSAGE_LOST"

// What is to be done is said to whoever reads the row, or gets the event.
const (
	publishAgain = "the queue has lost the job's message: publish the job again under the same id; " +
		"if it came from a file, submit the file again under the same batch"
	findOut = "an attempt ended without an answer, and the queue has lost the job's message: " +
		"find out whether the card is enrolled, and settle the job with submit resolve as enrolled or not-enrolled"
	askForBatch = "the API has taken the job in batch %s, and the queue has lost the message by which its result is asked for: " +
		"ask Mastercard for the result, and settle the job with submit resolve as enrolled or not-enrolled"
)

// MarkLost ends a job whose message is known to be gone from the queue, if its row
// stands exactly as Overdue returned it: one that waits to be tried again is
// dead, one of which an attempt may have been processed is in doubt, since the card
// may be enrolled. The reason is ReasonMessageLost, the source "worker".
//
// It is Refused when anything has happened to the job meanwhile, and Repeated
// when it was ended this way before and nothing has happened since. A job that
// is dead for this reason is not final for its message: when that turns up after
// all, or the job is published again, Begin goes on with it as with one that is
// pending. The error wraps ErrNoJob when the job has no row.
func (s *Store) MarkLost(ctx context.Context, o Overdue) (ActResult, error) {
	ruled, err := s.act(ctx, act{jobID: o.JobID, doubts: true, decide: func(row existingRow, now time.Time) (ActEffect, transition) {
		return decideMarkLost(row, o, now)
	}})
	if err != nil {
		return ActResult{}, fmt.Errorf("giving job %s up as lost: %w", o.JobID, err)
	}

	return ruled, nil
}

// decideMarkLost says what MarkLost does with a row.
func decideMarkLost(r existingRow, o Overdue, now time.Time) (ActEffect, transition) {
	t := transition{after: r.record}

	switch {
	case r.Failure.messageLost() && r.Attempts == o.Attempts && r.Redriven == o.Redriven:
		return Repeated, t
	case !r.overdue().same(o), r.Status == StatusInProgress && r.leaseUntil.After(now):
		return Refused, t
	}

	switch {
	case (r.Status == StatusRetrying || r.Status == StatusPending) && r.doubtful:
		t.changed = true
		t.after.rest(StatusInDoubt)
		t.after.Failure = messageLost(findOut)
	case r.Status == StatusRetrying || r.Status == StatusPending:
		t.changed = true
		t.after.rest(StatusDead)
		t.after.Failure, t.after.CompletedAt = messageLost(publishAgain), now
	case r.Status == StatusInProgress:
		t.abandon(now)
		t.after.rest(StatusInDoubt)
		t.after.Failure = messageLost(findOut)
	case r.Status == StatusSubmitted:
		t.changed = true
		t.after.rest(StatusInDoubt)
		t.after.Failure = messageLost(fmt.Sprintf(askForBatch, r.APIBatchID))
	default:
		return Refused, t
	}

	return Applied, t
}

func messageLost(message string) Failure {
	return Failure{Source: sourceWorker, Reason: ReasonMessageLost, Message: message}
}

func (f Failure) messageLost() bool { return f.Source == sourceWorker && f.Reason == ReasonMessageLost }

// over reports whether the row is not to be touched by the job's message: final, unless it is so only because the
// message was thought to be lost.
func (r *record) over() bool {
	return r.Status.Final() && !(r.Status == StatusDead && r.Failure.messageLost())
}
