package store

import (
	"context"
	"fmt"
	"math"
	"time"
)

// FinishRequest is the result of an attempt that Begin committed.
type FinishRequest struct {
	JobID     string
	Attempt   int       // of the Claim
	StartedAt time.Time // of the Claim

	// Verdict is what the call came to: enrolled, already_enrolled, unenrolled,
	// not_enrolled, rejected, retry, throttled, unknown or halted. Empty when it
	// was not made.
	Verdict string

	// Status is what the job comes to: a final one, StatusRetrying (with
	// NextAttemptAt), StatusInDoubt, or StatusPending when it is handed back.
	Status        Status
	NextAttemptAt time.Time

	// Refund says that the attempt costs nothing: throttled, halted, not made.
	Refund bool

	HTTPStatus int // zero: no answer
	Failure    Failure

	// What the API returned. Where empty, what an earlier attempt got is kept.
	SrcDigitalCardID, SrcCorrelationID, TokenUniqueReference string

	// SrcFlowID is the X-Src-Cx-Flow-Id of the answer, to be sent back with the next call; likewise.
	// It is of use only as it came: one that cannot be kept so (more than 255 characters, not UTF-8,
	// something in it that could be a PAN) counts as empty.
	SrcFlowID string
}

// Finished says what became of a result.
type Finished int

// The results' fates.
const (
	// Recorded means that the job has the result, by this call or by an earlier one for the same attempt.
	Recorded Finished = iota + 1

	// Fenced means that the job belongs to another attempt or has its outcome already. The
	// result is kept in attempts, marked late, and the job is untouched.
	Fenced
)

func (f Finished) String() string {
	switch f {
	case Recorded:
		return "recorded"
	case Fenced:
		return "fenced"
	default:
		return fmt.Sprintf("Finished(%d)", int(f))
	}
}

// Finish commits the result of an attempt. The first result of an attempt
// stands: the same Finish again, after an answer that was lost, changes nothing
// and returns what the first one did. A result that comes after the lease has run
// out is taken as long as nobody has begun another attempt or ended the job.
//
// The error wraps ErrNotBegun when the job has no row. As for Begin, calls are
// committed together, and one whose ctx ended may still be written.
func (s *Store) Finish(ctx context.Context, r FinishRequest) (Finished, error) {
	if err := r.check(); err != nil {
		return 0, fmt.Errorf("finishing attempt %d of job %s: %w", r.Attempt, r.JobID, err)
	}

	finished, err := s.finishes.do(ctx, r.JobID, r.clean())
	if err != nil {
		return 0, fmt.Errorf("finishing attempt %d of job %s: %w", r.Attempt, r.JobID, err)
	}

	return finished, nil
}

func (r FinishRequest) check() error {
	const highestHTTPStatus = 999

	switch {
	case r.Attempt < 1 || r.Attempt > math.MaxInt32:
		return fmt.Errorf("%w: there is no attempt %d", ErrRequest, r.Attempt)
	case !r.Status.known() || r.Status == StatusInProgress:
		return fmt.Errorf("%w: an attempt cannot end as %q", ErrRequest, r.Status)
	case (r.Status == StatusRetrying) != !r.NextAttemptAt.IsZero():
		return fmt.Errorf("%w: a next attempt goes with the status %q and no other", ErrRequest, StatusRetrying)
	case r.HTTPStatus < 0 || r.HTTPStatus > highestHTTPStatus:
		return fmt.Errorf("%w: HTTP status %d", ErrRequest, r.HTTPStatus)
	}

	return nil
}

func (r FinishRequest) clean() FinishRequest {
	r.Failure = r.Failure.clean()
	r.SrcDigitalCardID = text(r.SrcDigitalCardID, maxName)
	r.SrcCorrelationID = text(r.SrcCorrelationID, maxName)
	r.TokenUniqueReference = text(r.TokenUniqueReference, maxName)

	if r.SrcFlowID != foreign(r.SrcFlowID, maxName) {
		r.SrcFlowID = ""
	}

	return r
}

func (r FinishRequest) result() *attemptResult {
	return &attemptResult{
		jobID: r.JobID, attempt: r.Attempt, startedAt: r.StartedAt, verdict: r.Verdict,
		httpStatus: r.HTTPStatus, failure: r.Failure, srcCorrelationID: r.SrcCorrelationID,
	}
}

// flushFinishes is one transaction for many calls of Finish.
func (s *Store) flushFinishes(ctx context.Context, requests []FinishRequest) ([]answer[Finished], error) {
	answers := make([]answer[Finished], len(requests))
	ids := column(requests, func(q FinishRequest) string { return q.JobID })

	err := s.transact(ctx, func(w *writer) error {
		found, err := w.lock(ctx, ids)
		if err != nil {
			return err
		}

		// Read after the rows are locked, so that nobody changes them meanwhile.
		results, err := w.results(ctx, outside(requests, found))
		if err != nil {
			return err
		}

		absent, err := w.absent(ctx, ids, found)
		if err != nil {
			return err
		}

		for i, request := range requests {
			row, ok := found[request.JobID]
			if !ok {
				answers[i] = notFound[Finished](absent[request.JobID], ErrNotBegun)
				continue
			}

			finished, t := decideFinish(row, request, w.now, results[request.JobID])
			w.apply(row, t)
			answers[i].value = finished
		}

		return w.flush(ctx)
	})

	return answers, err
}

// outside returns the requests whose attempt is not the running one, so that what
// is known of it decides.
func outside(requests []FinishRequest, found map[string]record) []FinishRequest {
	var all []FinishRequest

	for _, q := range requests {
		if row, ok := found[q.JobID]; ok && !(row.Status == StatusInProgress && row.owns(q)) {
			all = append(all, q)
		}
	}

	return all
}

// notFound tells a row that is not there from one that is locked.
func notFound[R any](absent bool, err error) answer[R] {
	if absent {
		return answer[R]{err: err}
	}

	return answer[R]{again: true}
}
