package enroll_test

import (
	"context"
	"crypto/sha256"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// attempts returns when the attempts of a job began.
func (r *rig) attempts(id string) []time.Time {
	r.t.Helper()

	conn, err := pgx.Connect(r.t.Context(), r.database)
	require.NoError(r.t, err)

	defer func() { require.NoError(r.t, conn.Close(context.Background())) }()

	rows, err := conn.Query(r.t.Context(), `SELECT started_at FROM attempts WHERE job_id = $1 ORDER BY attempt`, id)
	require.NoError(r.t, err)
	started, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	require.NoError(r.t, err)

	return started
}

// scheduled is how many schedules stand for a job.
func (r *rig) scheduled(id string) uint64 {
	r.t.Helper()

	stream, err := r.js.Stream(r.t.Context(), jobs.StreamRetry)
	require.NoError(r.t, err)
	info, err := stream.Info(r.t.Context(), jetstream.WithSubjectFilter(jobs.RetrySubject("demo", id)))
	require.NoError(r.t, err)

	return info.State.Subjects[jobs.RetrySubject("demo", id)]
}

// countingLedger counts claims.
type countingLedger struct {
	*store.Store

	begun atomic.Int64
}

func (l *countingLedger) Begin(ctx context.Context, r store.BeginRequest) (store.Claim, error) {
	l.begun.Add(1)
	return l.Store.Begin(ctx, r)
}

// holdLease has another worker hold the next claim of a job for some time.
func (r *rig) holdLease(id string, lease time.Duration) {
	r.t.Helper()

	digest := sha256.Sum256([]byte(id))
	_, err := r.store.Begin(r.t.Context(), store.BeginRequest{
		Job: store.Job{ID: id, Program: "demo", BatchID: "b1", MessageDigest: digest[:]}, Worker: "other", Lease: lease,
	})
	require.NoError(r.t, err)

	conn, err := pgx.Connect(r.t.Context(), r.database)
	require.NoError(r.t, err)

	defer func() { require.NoError(r.t, conn.Close(context.Background())) }()

	stream, err := r.js.Stream(r.t.Context(), jobs.StreamJobs)
	require.NoError(r.t, err)
	msg, err := stream.GetLastMsgForSubject(r.t.Context(), jobs.Subject("demo"))
	require.NoError(r.t, err)

	job, problem := jobs.Decode(msg.Data)
	require.Nil(r.t, problem)

	digest = sha256.Sum256(append(enroll.EnvelopeOf(job), job.Sealed...))
	_, err = conn.Exec(r.t.Context(), `UPDATE enrollments SET message_digest = $2 WHERE job_id = $1`, id, digest[:])
	require.NoError(r.t, err)
}

// exec changes the database as no worker would.
func (r *rig) exec(sql string, args ...any) {
	r.t.Helper()

	conn, err := pgx.Connect(r.t.Context(), r.database)
	require.NoError(r.t, err)

	defer func() { require.NoError(r.t, conn.Close(context.Background())) }()

	_, err = conn.Exec(r.t.Context(), sql, args...)
	require.NoError(r.t, err)
}

// stands waits until a job has come to a status.
func (r *rig) stands(id string, status store.Status) {
	r.t.Helper()

	eventually.True(r.t, func() bool {
		outcome, found, err := r.store.Outcome(r.t.Context(), id)
		return err == nil && found && outcome.Status == status
	}, patience, 10*time.Millisecond)
}
