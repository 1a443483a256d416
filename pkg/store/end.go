package store

import (
	"context"
	"fmt"
	"time"
)

// EndRequest ends a job without a call.
type EndRequest struct {
	Job     Job
	Status  Status // final: invalid, expired, conflict, not_enrolled, superseded, dead, canceled
	Failure Failure
	TraceID string

	// Conceal has a row of the job that stands keep the own keys of Job instead of those it has: they hold what must not be kept.
	Conceal bool

	// Nobody says that a job that forgets ends as the API has told no id of its consumer. It waits where a job to enroll them has
	// begun, as by BeginRequest.Ordered, and where one has told an id meanwhile.
	Nobody bool

	// Postpone, when its MaxAge is set, ends only a job that old. A younger one is tried again later.
	Postpone Postponement
}

// Postponement of a job whose trouble may be the worker's and not its own.
type Postponement struct {
	// MaxAge is how old a job must be, from its first sight or its last redrive, to be ended.
	MaxAge time.Duration

	// Base and Cap bound the pause until a younger job is tried again. It is as long as the job is old, so that it doubles.
	Base, Cap time.Duration
}

// End gives a job its final status without a call, inserting its row when it has
// none. The decision is Ended, or as for Begin: Final when it has an outcome
// already (the one the row keeps), Conflict when the id belongs to other content,
// Held while an attempt is running, InDoubt while it waits for an operator. An
// attempt whose lease has run out is closed with the verdict "unknown".
//
// A job that forgets Nobody may be Waiting as for Begin.
//
// With a Postpone, a job that is younger than its MaxAge is Postponed instead: it gets its row,
// retrying, with the failure, no attempt charged.
//
// A job of which an attempt may have been processed, as its result is not known, is put in
// doubt instead of ended, as the claim's outcome then says, with the detail RESULT_UNKNOWN.
func (s *Store) End(ctx context.Context, r EndRequest) (Claim, error) {
	var err error

	if r.Job, err = r.Job.clean(); err != nil {
		return Claim{}, fmt.Errorf("ending a job: %w", err)
	}

	if p := r.Postpone; p.MaxAge > 0 && (p.Base < time.Microsecond || p.Cap < p.Base) {
		return Claim{}, fmt.Errorf("ending job %s: %w: a pause of %s to %s", r.Job.ID, ErrRequest, p.Base, p.Cap)
	}

	if !r.Status.Final() {
		return Claim{}, fmt.Errorf("ending job %s: %w: %q is not a final status", r.Job.ID, ErrRequest, r.Status)
	}

	r.Failure, r.TraceID = r.Failure.clean(), sanitize(r.TraceID, maxCode)

	claim, err := s.ends.do(ctx, r.Job.ID, r)
	if err != nil {
		return Claim{}, fmt.Errorf("ending job %s: %w", r.Job.ID, err)
	}

	return claim, nil
}

// flushEnds is one transaction for many calls of End.
func (s *Store) flushEnds(ctx context.Context, requests []EndRequest) ([]answer[Claim], error) {
	var answers []answer[Claim]

	err := s.transact(ctx, func(w *writer) (err error) {
		entries := column(requests, EndRequest.entry)

		if err := w.takeConsumerTurns(ctx, entries); err != nil {
			answers = make([]answer[Claim], len(requests))
			return err
		}

		answers, err = w.claim(ctx, entries, func(i int, row existingRow, now time.Time) transition {
			return decideEnd(row, requests[i], now)
		})
		if err != nil {
			return err
		}

		return w.flush(ctx)
	})

	return answers, err
}

func (r EndRequest) entry() entry {
	e := entry{
		job: r.Job, status: r.Status, failure: r.Failure, traceID: r.TraceID, decision: Ended,
		ordered: r.Nobody, nobody: r.Nobody,
	}
	if r.Postpone.MaxAge > 0 {
		e.status, e.wait, e.decision = StatusRetrying, r.Postpone.Base, Postponed
	}

	return e
}
