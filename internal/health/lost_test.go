package health_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/store"
)

// Jobs that the queue has lost are counted: those with a row by the status that they came to, and those of files that no worker
// has seen.
func TestLostJobsAreCounted(t *testing.T) {
	t.Parallel()

	database := stacktest.Database(t)
	r := newRig(t, database)
	r.watch()
	require.NotContains(t, r.metrics(), "enroll_jobs_lost_unseen", "nobody has looked yet")

	claim, err := r.store.Begin(t.Context(), store.BeginRequest{
		Job: store.Job{ID: "lost", Program: "demo", MessageDigest: make([]byte, 32)}, Worker: "other", Lease: time.Hour,
	})
	require.NoError(t, err)
	_, err = r.store.Finish(t.Context(), store.FinishRequest{
		JobID: "lost", Attempt: claim.Attempt, StartedAt: claim.StartedAt, Verdict: "retry", Status: store.StatusRetrying,
	})
	require.NoError(t, err)

	sql, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = sql.Close(t.Context()) })
	_, err = sql.Exec(t.Context(), `UPDATE enrollments SET updated_at = now() - interval '1 hour', next_attempt_at = now() - interval '1 hour'`)
	require.NoError(t, err)

	require.NoError(t, r.store.SaveBatch(t.Context(), store.Batch{
		ID: "june", Program: "demo", Source: "cards.csv", RowsRead: 10, RowsRejected: 1, RowsPublished: 9, CompletedAt: time.Now(),
	}))

	sweeper := enroll.NewSweeper(r.js, r.store, enroll.SweepOptions{Swept: r.watching.Swept, Ended: r.watching.Ended})
	for range 2 {
		_, err = sweeper.Sweep(t.Context())
		require.NoError(t, err)
	}

	require.InDelta(t, 9, r.values("enroll_jobs_lost_unseen")[""], 0)
	require.InDelta(t, 1, r.values("enroll_sweep_jobs_total")["lost"], 0)
	require.InDelta(t, 1, r.values("enroll_jobs_settled_total")["dead"], 0)
	require.InDelta(t, 1, sum(r.values("enroll_jobs_settled_total")), 0)
}
