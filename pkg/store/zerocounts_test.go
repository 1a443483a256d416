package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// Where each request names a batch of its own, a row stays of each batch: that of the status to which its job came.
func TestCountsAtZeroAreDeleted(t *testing.T) {
	t.Parallel()

	const jobs = 500

	d := newDatabase(t, store.Options{})

	together(jobs, func(n int) {
		r := beginRequest(fmt.Sprint("job-", n))
		r.Job.BatchID = fmt.Sprint("batch-", n)

		claim, err := d.Begin(t.Context(), r)
		if err != nil {
			t.Error(err)
			return
		}

		f := result(claim, "retry", store.StatusRetrying)
		f.Failure = store.Failure{Reason: "UNAVAILABLE"}

		if _, err = d.Finish(t.Context(), f); err != nil {
			t.Error(err)
		}

		if claim, err = d.Begin(t.Context(), r); err != nil {
			t.Error(err)
		}

		if _, err = d.Finish(t.Context(), result(claim, "enrolled", store.StatusEnrolled)); err != nil {
			t.Error(err)
		}
	})

	require.EqualValues(t, jobs, value[int64](t, d, `SELECT count(*) FROM batch_counts`))
	require.EqualValues(t, jobs, value[int64](t, d, `SELECT count(*) FROM batch_progress WHERE enrolled = 1 AND seen = 1`),
		"a batch that messages alone name is still there")
	requireCountsFit(t, d)
}

// What two transactions at the same moment left, or the program before this one, goes with the daily tidying, and nothing else does.
func TestTidyCounts(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.exec(t, `
		INSERT INTO batch_counts (batch_id, status, reason, detail, shard, count)
		SELECT 'batch-' || b, status, '', '', shard, CASE WHEN status = 'enrolled' THEN 5 WHEN shard % 2 = 0 THEN 3 ELSE -3 END
		FROM generate_series(1, 1500) b, (VALUES ('in_progress'), ('enrolled')) AS s (status), generate_series(0, 3) shard`)
	d.exec(t, `INSERT INTO batch_counts (batch_id, status, reason, detail, shard, count) VALUES
		('held', 'in_progress', '', '', 0, 1), ('held', 'in_progress', '', '', 1, -1), ('running', 'in_progress', '', '', 0, 1)`)

	other := d.transaction(t, `SELECT count FROM batch_counts WHERE batch_id = 'held' AND shard = 1 FOR UPDATE`)

	deleted, err := d.TidyCounts(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 4*1500, deleted)
	require.EqualValues(t, 4*1500+3, value[int64](t, d, `SELECT count(*) FROM batch_counts`), "what another transaction holds is left")
	require.EqualValues(t, 20*1500+1, value[int64](t, d, `SELECT sum(count)::bigint FROM batch_counts`))

	require.NoError(t, other.Rollback(t.Context()))

	deleted, err = d.TidyCounts(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, deleted)
}
