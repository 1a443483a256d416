package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// FinishRequest is the result of an attempt that Begin committed.
type FinishRequest struct {
	JobID     string
	Attempt   int       // of the Claim
	StartedAt time.Time // of the Claim

	// Verdict is what the call came to: enrolled, already_enrolled, unenrolled, not_enrolled, updated, forgotten,
	// submitted, rejected, retry, throttled, unknown or halted. Empty when it was not made.
	Verdict string

	// Status is what the job comes to: a final one, StatusRetrying, StatusSubmitted, StatusInDoubt, or
	// StatusPending when it is handed back. A job that is submitted is finished once more, with the result of its batch. A job
	// that is to end as dead although one of its
	// attempts may have been processed is put in doubt.
	Status Status

	// RetryAfter is how long after this result the next attempt of a retrying job is due, and the result of one that is submitted.
	RetryAfter time.Duration

	// APIBatchID is the batch of the API that the job is submitted in.
	APIBatchID string

	// MaxAge bounds the time from a job's first sight, or its last redrive, to its next attempt:
	// a retry that would come later is not made, and the job is dead. Zero: no bound.
	MaxAge time.Duration

	// Refund says that the attempt costs nothing: throttled, halted, not made.
	Refund bool

	HTTPStatus int // zero: no answer
	Failure    Failure

	// What the API returned. Where empty, what an earlier attempt got is kept.
	SrcDigitalCardID, SrcCorrelationID, TokenUniqueReference, SrcConsumerID string

	// SrcFlowID is the X-Src-Cx-Flow-Id of the answer, to be sent back with the next call; likewise.
	// It is of use only as it came: one that cannot be kept so (more than 255 characters, not UTF-8,
	// something in it that could be a PAN) counts as empty.
	SrcFlowID string

	// Consumers is to how many consumers of the API a job that forgets has led so far who are not there any more.
	Consumers int

	// SealedResult is what the job gave that is not for a table, sealed by the caller, of at most 32 kB. It is kept with the final
	// status that it comes with.
	SealedResult string
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

// FinishResult is what became of a result, and what the row says now: what is announced and published is taken from here, so
// that it is the same however often it is.
type FinishResult struct {
	Finished Finished

	// Outcome is the row as it stands.
	Outcome Outcome

	// NextAttemptAt is when a retrying job is due by Postgres' clock, and Wait how long after this answer that is.
	NextAttemptAt time.Time
	Wait          time.Duration
}

// Finish commits the result of an attempt. All times are by Postgres' clock. The first result of an attempt
// stands: the same Finish again, after an answer that was lost, changes nothing
// and returns what the first one did. A result that comes after the lease has run
// out is taken as long as nobody has begun another attempt or ended the job.
//
// The error wraps ErrNotBegun when the job has no row. As for Begin, calls are
// committed together, and one whose ctx ended may still be written.
func (s *Store) Finish(ctx context.Context, r FinishRequest) (FinishResult, error) {
	if err := r.check(); err != nil {
		return FinishResult{}, fmt.Errorf("finishing attempt %d of job %s: %w", r.Attempt, r.JobID, err)
	}

	r = r.clean()

	result, err := s.steps.do(ctx, r.JobID, attemptStep{finish: &r})
	if err != nil {
		return FinishResult{}, fmt.Errorf("finishing attempt %d of job %s: %w", r.Attempt, r.JobID, err)
	}

	return *result.finished, nil
}

func (r FinishRequest) check() error {
	const highestHTTPStatus = 999

	switch {
	case r.Attempt < 1 || r.Attempt > math.MaxInt32:
		return fmt.Errorf("%w: there is no attempt %d", ErrRequest, r.Attempt)
	case !r.Status.known() || r.Status == StatusInProgress:
		return fmt.Errorf("%w: an attempt cannot end as %q", ErrRequest, r.Status)
	case r.RetryAfter < 0 || r.RetryAfter > 0 && r.Status != StatusRetrying && r.Status != StatusSubmitted:
		return fmt.Errorf("%w: a time until the next attempt is not negative, and goes with the status %q or %q",
			ErrRequest, StatusRetrying, StatusSubmitted)
	case (r.Status == StatusSubmitted) != (r.APIBatchID != ""):
		return fmt.Errorf("%w: the id of a batch goes with the status %q, and the other way round", ErrRequest, StatusSubmitted)
	case r.HTTPStatus < 0 || r.HTTPStatus > highestHTTPStatus:
		return fmt.Errorf("%w: HTTP status %d", ErrRequest, r.HTTPStatus)
	}

	printed := func(c rune) bool { return c > ' ' && c <= '~' }
	if len(r.SealedResult) > maxSealedResult || strings.TrimFunc(r.SealedResult, printed) != "" {
		return fmt.Errorf("%w: a sealed result of %d bytes, or not of ASCII", ErrRequest, len(r.SealedResult))
	}

	return nil
}

const maxSealedResult = 32 << 10

func (r FinishRequest) clean() FinishRequest {
	r.Failure = r.Failure.clean()
	r.SrcDigitalCardID = sanitize(r.SrcDigitalCardID, maxName)
	r.SrcCorrelationID = sanitize(r.SrcCorrelationID, maxName)
	r.TokenUniqueReference = sanitize(r.TokenUniqueReference, maxName)
	r.SrcConsumerID = sanitize(r.SrcConsumerID, maxName)
	r.APIBatchID = sanitize(r.APIBatchID, maxName)

	if r.SrcFlowID != sanitizeExternal(r.SrcFlowID, maxName) {
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

// finish decides on many calls of Finish. What it changes is written by the transaction's flush.
func (w *writer) finish(ctx context.Context, requests []*FinishRequest) ([]answer[FinishResult], error) {
	answers := make([]answer[FinishResult], len(requests))
	if len(requests) == 0 {
		return answers, nil
	}

	ids := column(requests, func(q *FinishRequest) string { return q.JobID })

	found, err := w.lock(ctx, ids)
	if err != nil {
		return answers, err
	}

	// Read after the rows are locked, so that nobody changes them meanwhile.
	results, err := w.results(ctx, outside(requests, found))
	if err != nil {
		return answers, err
	}

	absent, err := w.absent(ctx, ids, found)
	if err != nil {
		return answers, err
	}

	doubtful, err := w.doubtful(ctx, dying(requests, found, w.now), true)
	if err != nil {
		return answers, err
	}

	w.updated = slices.Grow(w.updated, len(found)) // most results change their rows, and a row is large

	for i, request := range requests {
		row, ok := found[request.JobID]
		if !ok {
			answers[i] = notFound[FinishResult](absent[request.JobID], ErrNotBegun)
			continue
		}

		was := existingRow{record: row, doubtful: doubtful[request.JobID]}
		finished, t := decideFinish(was, *request, w.now, results[request.JobID])
		t.touch(w.now)
		w.apply(row, t)
		answers[i].value = t.after.finished(finished, w.now)
	}

	return answers, nil
}

// outside returns the requests whose attempt is not the running one, so that what
// is known of it decides.
func outside(requests []*FinishRequest, found map[string]record) []*FinishRequest {
	var all []*FinishRequest

	for _, q := range requests {
		if row, ok := found[q.JobID]; ok && !(row.Status == StatusInProgress && row.owns(*q)) {
			all = append(all, q)
		}
	}

	return all
}

// dying returns the rows whose end depends on whether an attempt before this one may have been processed, which few are.
func dying(requests []*FinishRequest, found map[string]record, now time.Time) []record {
	var all []record

	for _, q := range requests {
		if row, ok := found[q.JobID]; ok && row.Attempts > 1 && (q.status(row, now) == StatusDead || q.goneBefore(row)) {
			all = append(all, row)
		}
	}

	return all
}

// finished is what the caller of Finish is told of the row.
func (r *record) finished(f Finished, now time.Time) FinishResult {
	result := FinishResult{Finished: f, Outcome: r.Outcome, NextAttemptAt: r.nextAttemptAt}
	if r.Status == StatusRetrying {
		result.Wait = max(r.nextAttemptAt.Sub(now), 0)
	}

	return result
}

// notFound tells a row that is not there from one that is locked.
func notFound[R any](absent bool, err error) answer[R] {
	if absent {
		return answer[R]{err: err}
	}

	return answer[R]{again: true}
}
