package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func cancel(t *testing.T, d *database, batch string) {
	t.Helper()

	canceled, err := d.CancelBatch(t.Context(), batch, "ana@desk", "wrong file")
	require.NoError(t, err)
	require.Equal(t, store.Cancellation{At: canceled.At, By: "ana@desk", Why: "wrong file"}, canceled)
	require.WithinDuration(t, time.Now(), canceled.At, time.Minute)
}

func TestTheFirstWordOnABatchStands(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	require.NoError(t, d.SaveBatch(t.Context(), store.Batch{ID: "b", Program: "acme", Source: "cards.csv", RowsRead: 10, RowsPublished: 10}))

	none, err := d.Canceled(t.Context(), "b")
	require.NoError(t, err)
	require.Zero(t, none)

	cancel(t, d, "b")
	first, err := d.Canceled(t.Context(), "b")
	require.NoError(t, err)

	again, err := d.CancelBatch(t.Context(), "b", "bo@desk", "5204731600014784")
	require.NoError(t, err)
	require.Equal(t, first, again)

	progress, err := d.Progress(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, first, progress.Batch.Canceled)
	require.Equal(t, "acme", progress.Batch.Program)

	masked, err := d.CancelBatch(t.Context(), "c", "bo@desk", "5204731600014784")
	require.NoError(t, err)
	require.Equal(t, "************4784", masked.Why)
}

// Whoever cancels in a hurry says why later. The reason that stands then is not replaced.
func TestALaterReasonFillsAnEmptyOneOnly(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	first, err := d.CancelBatch(t.Context(), "b", "ana@desk", "")
	require.NoError(t, err)
	require.Empty(t, first.Why)

	for _, why := range []string{"", "wrong month", "another", ""} {
		stands, err := d.CancelBatch(t.Context(), "b", "bo@desk", why)
		require.NoError(t, err)

		if why == "wrong month" {
			first.Why = why
		}

		require.Equal(t, first, stands)
	}
}

// Its reader hears of it, and its account is neither lost nor begun anew.
func TestACanceledBatchKeepsItsCounts(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	saved := store.Batch{ID: "b", Program: "acme", Source: "cards.csv", RowsRead: 10, RowsRejected: 1, RowsPublished: 8, RowsDuplicate: 1}
	require.NoError(t, d.SaveBatch(t.Context(), saved))
	cancel(t, d, "b")

	last := saved
	last.RowsRead, last.RowsPublished = 20, 18
	err := d.SaveBatch(t.Context(), last)
	require.ErrorIs(t, err, store.ErrBatchCanceled)
	require.ErrorContains(t, err, "by ana@desk: wrong file")
	require.ErrorIs(t, d.SaveBatch(t.Context(), store.Batch{ID: "b", Program: "acme"}), store.ErrBatchCanceled, "from the beginning")

	progress, err := d.Progress(t.Context(), "b")
	require.NoError(t, err)
	require.EqualValues(t, 20, progress.Batch.RowsRead)
	require.EqualValues(t, 18, progress.Batch.RowsPublished)
	require.EqualValues(t, 1, progress.Batch.RowsRejected)

	// One that messages named, of whatever program its file would be.
	cancel(t, d, "named")
	require.ErrorIs(t, d.SaveBatch(t.Context(), store.Batch{ID: "named", Program: "acme"}), store.ErrBatchCanceled)
}

func TestJobsOfACanceledBatch(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	inAnHour := time.Now().Add(time.Hour)

	unknown := func(j jobTest) {
		j.finish("unknown", store.StatusRetrying)
	}

	for id, c := range map[string]struct {
		history  func(jobTest)
		decision store.Decision
		status   store.Status // once the job has been ended, where it may be
		verdicts []string
	}{
		"never seen":          {func(jobTest) {}, store.Canceled, store.StatusCanceled, []string{}},
		"waits for a retry":   {func(j jobTest) { j.retrying(inAnHour) }, store.Canceled, store.StatusCanceled, []string{"retry"}},
		"is due":              {func(j jobTest) { j.retrying(time.Now()) }, store.Canceled, store.StatusCanceled, []string{"retry"}},
		"handed back":         {func(j jobTest) { j.finish("halted", store.StatusPending) }, store.Canceled, store.StatusCanceled, []string{"halted"}},
		"never made":          {func(j jobTest) { j.finish("", store.StatusPending) }, store.Canceled, store.StatusCanceled, []string{""}},
		"is being called":     {func(j jobTest) { j.begin() }, store.Held, store.StatusInProgress, []string{""}},
		"enrolled":            {func(j jobTest) { j.finish("enrolled", store.StatusEnrolled) }, store.Final, store.StatusEnrolled, []string{"enrolled"}},
		"in doubt":            {func(j jobTest) { j.finish("unknown", store.StatusInDoubt) }, store.InDoubt, store.StatusInDoubt, []string{"unknown"}},
		"an answer was lost":  {unknown, store.Canceled, store.StatusInDoubt, []string{"unknown"}},
		"its worker vanished": {func(j jobTest) { j.deadLease() }, store.Canceled, store.StatusInDoubt, []string{"unknown"}},
		"an answer was lost before the last": {func(j jobTest) {
			unknown(j)
			j.retrying(inAnHour)
		}, store.Canceled, store.StatusInDoubt, []string{"unknown", "retry"}},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}
			job := newJob(id)
			job.BatchID = "of " + id
			c.history(j)
			d.exec(t, `UPDATE enrollments SET batch_id = $2 WHERE job_id = $1`, id, job.BatchID)
			cancel(t, d, job.BatchID)

			r := j.request()
			r.Job = job
			claim, err := j.Begin(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, c.decision, claim.Decision)

			if c.decision == store.Canceled {
				require.Equal(t, "wrong file", claim.Canceled.Why)

				_, err = j.End(t.Context(), store.EndRequest{Job: job, Status: store.StatusCanceled, Failure: store.Failure{
					Source: "operator", Reason: "CANCELED", Message: "the batch was canceled",
				}})
				require.NoError(t, err)
			}

			outcome, ok, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, c.status, outcome.Status)
			require.Equal(t, c.verdicts, j.verdicts())

			if c.decision == store.Canceled && c.status == store.StatusInDoubt {
				require.Equal(t, "RESULT_UNKNOWN", outcome.Failure.Detail)
				require.Contains(t, outcome.Failure.Message, "the batch was canceled; an attempt")
			}
		})
	}
}

// Canceled and other batches go through one flush, and the others are not touched by it.
func TestOtherBatchesGoOn(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{FlushDelay: 50 * time.Millisecond})
	cancel(t, d, "canceled")

	batches := []string{"canceled", "batch-1", ""}
	decisions := make([]store.Decision, 30)

	together(len(decisions), func(n int) {
		r := beginRequest(string(rune('a' + n)))
		r.Job.BatchID = batches[n%len(batches)]

		claim, err := d.Begin(t.Context(), r)
		if err != nil {
			t.Error(err)
		}

		decisions[n] = claim.Decision
	})

	for n, decision := range decisions {
		want := store.Begun
		if batches[n%len(batches)] == "canceled" {
			want = store.Canceled
		}

		require.Equal(t, want, decision, n)
	}

	require.EqualValues(t, 20, value[int64](t, d, `SELECT count(*) FROM enrollments`))
	require.EqualValues(t, 20, value[int64](t, d, `SELECT count(*) FROM attempts`))
}
