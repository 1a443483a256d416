package store_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestViews(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	job := func(id string) jobTest { return jobTest{database: d, tb: t, id: id} }

	job("running").begin()
	job("abandoned").deadLease()
	job("late").retrying(time.Now().Add(-time.Hour))
	job("waiting").retrying(time.Now().Add(time.Hour))
	job("handed back").finish("halted", store.StatusPending)
	job("enrolled").finish("enrolled", store.StatusEnrolled)
	job("rejected").finish("rejected", store.StatusRejected, func(r *store.FinishRequest) {
		r.Failure = store.Failure{Reason: "INVALID_STATE", Detail: "ISSUER_DECLINED"}
	})

	out := job("out").request()
	out.Job = newUnenrollJob("out")
	finish(t, d.Store, result(begin(t, d.Store, out), "unenrolled", store.StatusUnenrolled))
	out.Job = newUnenrollJob("never in")
	finish(t, d.Store, result(begin(t, d.Store, out), "not_enrolled", store.StatusNotEnrolled))
	out.Job = newUnenrollJob("on its way out")
	begin(t, d.Store, out)

	// Subtests may wait long for their turn.
	d.exec(t, `UPDATE enrollments SET lease_until = now() + interval '1 hour' WHERE lease_until > now()`)

	t.Run("unfinished", func(t *testing.T) {
		t.Parallel()

		rows, err := d.sql.Query(t.Context(), `SELECT job_id, kind, overdue > interval '0' FROM unfinished ORDER BY job_id`)
		require.NoError(t, err)

		type line struct {
			Job, Kind string
			Overdue   bool
		}

		lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[line])
		require.NoError(t, err)
		require.Equal(t, []line{
			{"abandoned", "attempt", true}, {"handed back", "pending", true}, {"late", "retry", true},
			{"on its way out", "attempt", false}, {"running", "attempt", false},
		}, lines)
	})

	t.Run("outcome_codes", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, []string{
			"acme enrolled   1", "acme in_progress   3", "acme not_enrolled   1", "acme pending   1",
			"acme rejected INVALID_STATE ISSUER_DECLINED 1", "acme retrying UNAVAILABLE  2", "acme unenrolled   1",
		}, value[[]string](t, d, `
			SELECT array_agg(format('%s %s %s %s %s', program, status, reason, detail, count) ORDER BY status) FROM outcome_codes
			WHERE first <= last`))
	})

	t.Run("batch_progress", func(t *testing.T) {
		t.Parallel()

		require.NoError(t, d.SaveBatch(t.Context(), store.Batch{ID: "unseen", Program: "acme", RowsPublished: 3}))
		require.Equal(t, []string{
			"batch-1  seen 10 settled 4 running 3 retrying 2 unenrolled 1 not_enrolled 1",
			"unseen 3 seen 0 settled 0 running 0 retrying 0 unenrolled 0 not_enrolled 0",
		}, value[[]string](t, d, `
			SELECT array_agg(format('%s %s seen %s settled %s running %s retrying %s unenrolled %s not_enrolled %s',
				batch_id, rows_published, seen, settled, in_progress, retrying, unenrolled, not_enrolled) ORDER BY batch_id)
			FROM batch_progress`))
	})
}
