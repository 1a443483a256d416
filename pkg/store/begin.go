package store

import (
	"context"
	"fmt"
	"time"
)

// BeginRequest asks for the right to call the API for a job.
type BeginRequest struct {
	Job     Job
	Worker  string        // who asks, for the tables
	TraceID string        // for the tables
	Lease   time.Duration // for how long nobody else may begin; a call that may take longer has to Renew it

	// MaxAttempts is how many charged attempts a job may have; zero or less means no limit.
	MaxAttempts int

	// HoldUnknown puts a job whose earlier attempt never reported back in doubt instead of trying it again.
	HoldUnknown bool

	// Ordered puts jobs that enroll a card of a consumer of the issuer's, and those that forget them, in the order in which the
	// queue took them. It is asked for programs whose jobs may forget.
	Ordered bool
}

// Decision is what Begin or End found.
type Decision int

// The decisions. Only Begun gives the right to call.
const (
	Begun      Decision = iota + 1 // the attempt is committed: call, then Finish
	Final                          // the job has its outcome
	Conflict                       // the id belongs to other content; the job's row is untouched
	Held                           // another attempt is running, until Claim.LeaseUntil at most
	NotDue                         // its next attempt is due at Claim.NextAttemptAt
	InDoubt                        // waits for an operator
	Exhausted                      // no attempts left: End it
	Ended                          // by End
	Canceled                       // its batch is: End it
	Postponed                      // by End: it is due at Claim.NextAttemptAt
	KeyMissing                     // the row cannot be compared without a key that is not loaded: Claim.MissingKid
	Submitted                      // waits for the result of a batch of the API: Claim.Outcome.APIBatchID
	Waiting                        // another change of the same subject is being made
	Superseded                     // a later change of the same subject has been made: End it
	Purged                         // the id is that of a job that had its outcome and was purged at Claim.PurgedAt
)

func (d Decision) String() string {
	names := [...]string{
		"none", "begun", "final", "conflict", "held", "not due", "in doubt", "exhausted", "ended", "canceled",
		"postponed", "key missing", "submitted", "waiting", "superseded", "purged",
	}
	if d < 0 || int(d) >= len(names) {
		return fmt.Sprintf("Decision(%d)", int(d))
	}

	return names[d]
}

// Begin commits an attempt before the API is called, or says why it must not be
// called now. The first Begin of a job inserts its row; later ones compare the
// content, let nobody past a live lease, and close an attempt whose lease has
// run out with the verdict "unknown". A job of a canceled batch (CancelBatch) is
// not begun. All times are by Postgres' clock, so workers whose clocks differ
// agree on leases.
//
// A job that changes something (Job.Subject) is not begun while another one of the same subject is being called, nor when one
// that the queue took later has been carried out, or may have been. One that forgets is passed only by another that forgets.
//
// Where it is asked for (Ordered), a job that forgets the consumer with a key of the issuer's own is not begun while a job to
// enroll a card of theirs has begun and not ended: the API would learn of the consumer after they were forgotten. A job to enroll
// that the queue took before one that forgets is not begun any more once that has been carried out, nor while it is.
//
// Calls are gathered and committed together. One whose row another transaction
// holds is tried again on its own, for up to five seconds (ErrLocked). When ctx
// ends, Begin returns its error at once, but the attempt may still be written;
// its lease then runs out like that of a worker that died. After an error from
// the database the same is true, except that this Store, asked again for the
// same job, recognises such an attempt and returns it.
func (s *Store) Begin(ctx context.Context, r BeginRequest) (Claim, error) {
	var err error

	if r.Job, err = r.Job.clean(); err != nil {
		return Claim{}, fmt.Errorf("beginning an attempt: %w", err)
	}

	if r.Lease < time.Microsecond {
		return Claim{}, fmt.Errorf("beginning an attempt of job %s: %w: a lease of %s", r.Job.ID, ErrRequest, r.Lease)
	}

	r.Worker, r.TraceID = sanitize(r.Worker, maxCode), sanitize(r.TraceID, maxCode)

	result, err := s.steps.do(ctx, r.Job.ID, attemptStep{begin: &r})
	if err != nil {
		return Claim{}, fmt.Errorf("beginning an attempt of job %s: %w", r.Job.ID, err)
	}

	return *result.claim, nil
}

// begin decides on many calls of Begin.
func (w *writer) begin(ctx context.Context, requests []*BeginRequest, ambiguous *ambiguousCommits) ([]answer[Claim], error) {
	entries := column(requests, (*BeginRequest).entry)

	if err := w.takeTurns(ctx, entries); err != nil {
		return make([]answer[Claim], len(requests)), err
	}

	if err := w.takeConsumerTurns(ctx, entries); err != nil {
		return make([]answer[Claim], len(requests)), err
	}

	return w.claim(ctx, entries, func(i int, row existingRow, now time.Time) transition {
		return decideBegin(row, *requests[i], now, ambiguous.startedAt(*requests[i]))
	})
}

func (r *BeginRequest) entry() entry {
	return entry{
		job: r.Job, status: StatusInProgress, worker: r.Worker, traceID: r.TraceID, lease: r.Lease, decision: Begun,
		ordered: r.Ordered,
	}
}
