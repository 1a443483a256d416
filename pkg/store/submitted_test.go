package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// submitted leaves the job waiting for the result of a batch, and returns its attempt.
func (j jobTest) submitted(batch string) store.Claim {
	claim := j.begin()
	r := result(claim, "submitted", store.StatusSubmitted)
	r.APIBatchID, r.RetryAfter, r.HTTPStatus = batch, time.Hour, 202
	finish(j.tb, j.Store, r)

	return claim
}

func TestASubmittedJobWaitsForTheResultOfItsBatch(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	j := jobTest{database: d, tb: t, id: "j"}
	claim := j.submitted("api-1")

	// Nobody calls for it meanwhile: neither its message that comes again, nor one that could end it.
	again, err := d.Begin(t.Context(), j.request())
	require.NoError(t, err)
	require.Equal(t, store.Submitted, again.Decision)
	require.Equal(t, "api-1", again.Outcome.APIBatchID)
	require.Equal(t, claim.Attempt, again.Attempt)
	require.True(t, claim.StartedAt.Equal(again.StartedAt))

	ended, err := d.End(t.Context(), store.EndRequest{Job: j.request().Job, Status: store.StatusExpired})
	require.NoError(t, err)
	require.Equal(t, store.Submitted, ended.Decision)

	_, err = d.CancelBatch(t.Context(), j.request().Job.BatchID, "ana", "")
	require.NoError(t, err)
	j.claim(store.Submitted, func(*store.BeginRequest) {})

	// The result settles it; seen twice it changes nothing.
	for range 2 {
		r := result(claim, "enrolled", store.StatusEnrolled)
		r.SrcDigitalCardID = "card"
		finished, err := d.Finish(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, store.Recorded, finished.Finished)
		require.Equal(t, store.StatusEnrolled, finished.Outcome.Status)
		require.Equal(t, "api-1", finished.Outcome.APIBatchID)
	}

	late, err := d.Finish(t.Context(), result(claim, "rejected", store.StatusRejected))
	require.NoError(t, err)
	require.Equal(t, store.StatusEnrolled, late.Outcome.Status)
}

func TestWhatCanBecomeOfASubmittedJob(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for name, c := range map[string]struct {
		result func(store.FinishRequest) store.FinishRequest
		want   store.Status
	}{
		"its record is refused": {func(r store.FinishRequest) store.FinishRequest {
			r.Verdict, r.Status = "rejected", store.StatusRejected
			return r
		}, store.StatusRejected},
		"its record failed, and is tried again": {func(r store.FinishRequest) store.FinishRequest {
			r.Verdict, r.Status, r.RetryAfter = "retry", store.StatusRetrying, time.Minute
			return r
		}, store.StatusRetrying},
		"its record is missing, and the program holds such jobs": {func(r store.FinishRequest) store.FinishRequest {
			r.Verdict, r.Status = "unknown", store.StatusInDoubt
			return r
		}, store.StatusInDoubt},
		"its record is missing, and its age forbids another attempt": {func(r store.FinishRequest) store.FinishRequest {
			r.Verdict, r.Status, r.RetryAfter, r.MaxAge = "unknown", store.StatusRetrying, time.Hour, time.Minute
			return r
		}, store.StatusInDoubt},
	} {
		j := jobTest{database: d, tb: t, id: name}
		claim := j.submitted("api")

		finished, err := d.Finish(t.Context(), c.result(result(claim, "", "")))
		require.NoError(t, err)
		require.Equal(t, store.Recorded, finished.Finished, name)
		require.Equal(t, c.want, finished.Outcome.Status, name)
	}
}

// An attempt whose lease ran out before its batch's id was written down is another's: the batch is recorded with it only.
func TestABatchThatIsRecordedTooLateIsFenced(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	j := jobTest{database: d, tb: t, id: "j"}
	first := j.deadLease()
	second := j.begin()

	r := result(first, "submitted", store.StatusSubmitted)
	r.APIBatchID, r.RetryAfter = "api", time.Hour
	finished, err := d.Finish(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, store.Fenced, finished.Finished)
	require.Equal(t, store.StatusInProgress, finished.Outcome.Status)

	finish(t, d.Store, result(second, "enrolled", store.StatusEnrolled))
}

func TestASubmittedJobWhoseMessageIsLostIsInDoubt(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	j := jobTest{database: d, tb: t, id: "j"}
	claim := j.submitted("api-1")

	page, err := d.Overdue(t.Context(), time.Minute, store.Overdue{}, 10)
	require.NoError(t, err)
	require.Empty(t, page, "its result is not due")

	d.exec(t, `UPDATE enrollments SET next_attempt_at = now() - interval '1 hour'`)

	o := j.overdue()
	require.Equal(t, "api-1", o.APIBatchID)
	requireRuled(t, store.Applied, j.lose(o))
	requireRuled(t, store.Repeated, j.lose(o))

	outcome, found, err := d.Outcome(t.Context(), "j")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, store.StatusInDoubt, outcome.Status)
	require.Contains(t, outcome.Failure.Message, "api-1")

	// Should its result come after all, it is the truth.
	finished, err := d.Finish(t.Context(), result(claim, "enrolled", store.StatusEnrolled))
	require.NoError(t, err)
	require.Equal(t, store.Recorded, finished.Finished)
	require.Equal(t, store.StatusEnrolled, finished.Outcome.Status)
}

func TestBatchesOfTheAPI(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	one, two := jobTest{database: d, tb: t, id: "1"}, jobTest{database: d, tb: t, id: "2"}
	program := one.request().Job.Program

	at, err := d.SaveAPIBatch(t.Context(), store.APIBatch{Program: program, ID: "api", Worker: "w", Records: 2}, time.Minute)
	require.NoError(t, err)

	again, err := d.SaveAPIBatch(t.Context(), store.APIBatch{Program: program, ID: "api", Worker: "w2", Records: 1}, time.Hour)
	require.NoError(t, err)
	require.Equal(t, at, again)

	claims := []store.Claim{one.submitted("api"), two.submitted("api")}
	finish(t, d.Store, result(claims[0], "enrolled", store.StatusEnrolled))
	require.NoError(t, d.SaveAPIPoll(t.Context(), program, "api", "IN_PROGRESS", time.Minute))

	open, err := d.OpenAPIBatches(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.Equal(t, []any{program, "api", "w", 2, 1, "IN_PROGRESS", at},
		[]any{open[0].Program, open[0].ID, open[0].Worker, open[0].Records, open[0].Polls, open[0].APIStatus, open[0].SubmittedAt})
	require.Equal(t, time.Minute, open[0].NextPollAt.Sub(open[0].PolledAt))
	require.True(t, open[0].CompletedAt.IsZero())

	waiting, err := d.SubmittedJobs(t.Context())
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.Equal(t, []any{program, 1, int64(1)}, []any{waiting[0].Program, waiting[0].Batches, waiting[0].Jobs})

	finish(t, d.Store, result(claims[1], "rejected", store.StatusRejected))
	require.NoError(t, d.SaveAPIPoll(t.Context(), program, "api", "COMPLETED", time.Minute))

	open, err = d.OpenAPIBatches(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, open)
}
