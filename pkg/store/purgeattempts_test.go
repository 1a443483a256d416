package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// aged has some jobs that ended in a month, with an attempt each. Those that are kept have a row.
func aged(t *testing.T, d *database, month time.Time, jobs, kept int) {
	t.Helper()

	d.exec(t, `SELECT attempts_ensure_partition($1)`, month)
	d.exec(t, `INSERT INTO attempts (job_id, attempt, started_at, finished_at, verdict)
		SELECT $2 || '-' || n, 1, $1::timestamptz + n * interval '1 second', $1, 'retry' FROM generate_series(1, $3::integer) n`,
		month, month.Format("2006-01"), jobs)
	d.exec(t, `INSERT INTO enrollments (job_id, program, status, message_digest, next_attempt_at, first_seen_at, updated_at)
		SELECT $2 || '-' || n, 'acme', 'retrying', sha256(n::text::bytea), now(), $1, now() FROM generate_series(1, $3::integer) n`,
		month, month.Format("2006-01"), kept)
}

func months(t *testing.T, d *database, before time.Time) (names []string) {
	t.Helper()

	all, err := d.AttemptsMonths(t.Context(), before)
	require.NoError(t, err)

	for _, month := range all {
		names = append(names, month.String())
	}

	return names
}

func TestAMonthOfAttemptsIsTakenAwayAsAWhole(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	january, february := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	aged(t, d, january, 5000, 7)
	aged(t, d, february, 5000, 2000)

	require.Equal(t, []string{"2026-01"}, months(t, d, february.Add(time.Hour)), "February was not over then")

	all, err := d.AttemptsMonths(t.Context(), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Len(t, all, 2)

	dropped, err := d.DropAttempts(t.Context(), all[0])
	require.NoError(t, err)
	require.True(t, dropped)
	require.EqualValues(t, 7, value[int64](t, d, `SELECT count(*) FROM attempts_default`), "of jobs that have not ended")
	require.EqualValues(t, 5007, value[int64](t, d, `SELECT count(*) FROM attempts`))

	again, err := d.DropAttempts(t.Context(), all[0])
	require.NoError(t, err)
	require.False(t, again)

	// Where many are kept, the others are deleted one by one.
	dropped, err = d.DropAttempts(t.Context(), all[1])
	require.NoError(t, err)
	require.False(t, dropped)

	var told int64

	deleted, err := d.PurgeOrphans(t.Context(), all[1], func(n int64) error { told += n; return nil })
	require.NoError(t, err)
	require.EqualValues(t, 3000, deleted)
	require.Equal(t, deleted, told)
	require.EqualValues(t, 2007, value[int64](t, d, `SELECT count(*) FROM attempts`))
	require.Equal(t, []string{"2026-02"}, months(t, d, tomorrow()))

	// What was moved goes when its jobs have.
	d.exec(t, `DELETE FROM enrollments WHERE job_id LIKE '2026-01-%' AND job_id <> '2026-01-7'`)

	left, err := d.LeftAttempts(t.Context(), february)
	require.NoError(t, err)

	deleted, err = d.PurgeOrphans(t.Context(), left, func(int64) error { return nil })
	require.NoError(t, err)
	require.EqualValues(t, 6, deleted)
	require.EqualValues(t, 2001, value[int64](t, d, `SELECT count(*) FROM attempts`))
}

// Nobody waits long for a partition that is taken away, and it is not taken away from under one who reads.
func TestAMonthOfAttemptsThatIsRead(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	january := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	aged(t, d, january, 10, 0)

	report := d.transaction(t, `SELECT count(*) FROM attempts`)

	all, err := d.AttemptsMonths(t.Context(), tomorrow())
	require.NoError(t, err)

	_, err = d.DropAttempts(t.Context(), all[0])
	require.ErrorContains(t, err, "taking the attempts of 2026-01 away")
	require.True(t, store.Retryable(err))
	require.NoError(t, report.Rollback(t.Context()))

	dropped, err := d.DropAttempts(t.Context(), all[0])
	require.NoError(t, err)
	require.True(t, dropped)
}

func TestAMonthThatIsNotOverStays(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	_, err := d.sql.Exec(t.Context(), `SELECT attempts_drop_partition(now(), '{}')`)
	require.ErrorContains(t, err, "has not passed")
}

func TestWhatIsKeptOfBatchesGoesWithTheirJobs(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for _, batch := range []string{"batch-1", "batch-2", "batch-3"} {
		require.NoError(t, d.SaveBatch(t.Context(), store.Batch{
			ID: batch, Program: "acme", RowsRead: 2, RowsRejected: 1, CompletedAt: time.Now(),
		}))
		require.NoError(t, d.SaveLines(t.Context(), batch, []store.LineRun{{Row: 1, Line: 2, Step: 1}}))
		d.exec(t, `INSERT INTO batch_rejects (batch_id, row_number, fault, line, code) VALUES ($1, 2, 1, 3, 'TOO_LONG')`, batch)

		r := beginRequest("job of " + batch)
		r.Job.BatchID = batch
		finish(t, d.Store, result(begin(t, d.Store, r), "enrolled", store.StatusEnrolled))
		d.exec(t, `UPDATE enrollments SET api_batch_id = 'api of ' || batch_id WHERE batch_id = $1`, batch)
		d.exec(t, `INSERT INTO api_batches (program, api_batch_id, records, submitted_at, completed_at)
			VALUES ('acme', 'api of ' || $1, 1, now(), now())`, batch)
	}

	d.exec(t, `UPDATE batches SET completed_at = now() + interval '2 days' WHERE batch_id = 'batch-3'`)
	purge(t, d.Store, "job of batch-1", "job of batch-3")

	scope := store.EndedScope{Programs: []string{"acme"}, Before: tomorrow()}
	deleted, err := d.PurgeBatches(t.Context(), scope)
	require.NoError(t, err)
	require.EqualValues(t, 4, deleted, "a line, a reject, two batches of the API")

	for table, want := range map[string]string{"batch_lines": "{batch-2,batch-3}", "batch_rejects": "{batch-2,batch-3}"} {
		require.Equal(t, want, value[string](t, d, fmt.Sprintf(`SELECT array_agg(batch_id ORDER BY batch_id)::text FROM %s`, table)))
	}

	require.Equal(t, `{"api of batch-2"}`, value[string](t, d, `SELECT array_agg(api_batch_id)::text FROM api_batches`))
	require.EqualValues(t, 3, value[int64](t, d, `SELECT count(*) FROM batches`), "what was counted of a file stays")
}

// A program may be paused for longer than jobs are kept: what its files say is still needed.
func TestAFileWhoseJobsNoWorkerHasSeenIsNotOver(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for _, batch := range []string{"in-part", "unseen"} {
		require.NoError(t, d.SaveBatch(t.Context(), store.Batch{ID: batch, Program: "acme", RowsRead: 2, CompletedAt: time.Now()}))
		require.NoError(t, d.SaveLines(t.Context(), batch, []store.LineRun{{Row: 1, Line: 2, Step: 1}}))
	}

	r := beginRequest("in-part.1")
	r.Job.BatchID = "in-part"
	finish(t, d.Store, result(begin(t, d.Store, r), "enrolled", store.StatusEnrolled))
	purge(t, d.Store, "in-part.1")

	deleted, err := d.PurgeBatches(t.Context(), store.EndedScope{Before: tomorrow()})
	require.NoError(t, err)
	require.Zero(t, deleted)
}
