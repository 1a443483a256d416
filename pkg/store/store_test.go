package store_test

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/store"
)

// database is a fresh migrated database, a store on it and a way to look behind the store's back.
type database struct {
	*store.Store

	url string
	sql *pgxpool.Pool
}

func newDatabase(tb testing.TB, o store.Options) *database {
	tb.Helper()

	url := stacktest.Database(tb)

	return &database{Store: openStore(tb, url, o), url: url, sql: openPool(tb, url)}
}

func openStore(tb testing.TB, url string, o store.Options) *store.Store {
	tb.Helper()

	s, err := store.Open(tb.Context(), url, o)
	require.NoError(tb, err)
	tb.Cleanup(s.Close)

	return s
}

func openPool(tb testing.TB, url string) *pgxpool.Pool {
	tb.Helper()

	pool, err := pgxpool.New(tb.Context(), url)
	require.NoError(tb, err)
	tb.Cleanup(pool.Close)

	return pool
}

// exec runs a statement that the store has no call for.
func (d *database) exec(tb testing.TB, sql string, args ...any) {
	tb.Helper()

	_, err := d.sql.Exec(context.WithoutCancel(tb.Context()), sql, args...)
	require.NoError(tb, err)
}

// value reads one column of one row.
func value[V any](tb testing.TB, d *database, sql string, args ...any) V {
	tb.Helper()

	var v V
	require.NoError(tb, d.sql.QueryRow(tb.Context(), sql, args...).Scan(&v), sql)

	return v
}

// newJob is a job whose content is told by the id.
func newJob(id string) store.Job {
	digest := sha256.Sum256([]byte("message " + id))
	content := sha256.Sum256([]byte("content " + id))

	return store.Job{
		ID: id, Program: "acme", BatchID: "batch-1", ExternalConsumerID: "consumer-" + id, ExternalCardID: "card-" + id,
		PANFirst6: "520473", PANLast4: "4784", PANHMAC: content[:], PANHMACKid: "k1",
		MessageDigest: digest[:], ContentHMACs: [][]byte{content[:]},
	}
}

// newUnenrollJob is a job that takes a card out: it has none of the card's data.
func newUnenrollJob(id string) store.Job {
	j := newJob(id)
	j.Operation, j.PANFirst6, j.PANLast4, j.PANHMAC, j.PANHMACKid = store.OperationUnenroll, "", "", nil, ""
	j.ContentHMACs = nil // nor a seal

	return j
}

func beginRequest(id string) store.BeginRequest {
	return store.BeginRequest{Job: newJob(id), Worker: "w1", TraceID: "trace-" + id, Lease: time.Minute, MaxAttempts: 3}
}

// jobTest is a test's way with one job.
type jobTest struct {
	*database

	tb testing.TB
	id string
}

func (j jobTest) request() store.BeginRequest { return beginRequest(j.id) }

// begin begins an attempt that is known to be free.
func (j jobTest) begin() store.Claim { return begin(j.tb, j.Store, j.request()) }

// deadLease begins an attempt whose lease is over before anybody can ask for it again.
func (j jobTest) deadLease() store.Claim {
	r := j.request()
	r.Worker, r.Lease = "w0", time.Microsecond

	return begin(j.tb, j.Store, r)
}

// finish begins an attempt and ends it.
func (j jobTest) finish(verdict string, status store.Status, changes ...func(*store.FinishRequest)) {
	r := result(j.begin(), verdict, status)
	for _, change := range changes {
		change(&r)
	}

	finish(j.tb, j.Store, r)
}

// retrying leaves the job waiting for its next attempt.
func (j jobTest) retrying(next time.Time) {
	j.finish("retry", store.StatusRetrying, func(r *store.FinishRequest) {
		r.HTTPStatus, r.Failure = 503, store.Failure{Source: "Gateway", Reason: "UNAVAILABLE"}
	})
	j.exec(j.tb, `UPDATE enrollments SET next_attempt_at = $2 WHERE job_id = $1`, j.id, next)
}

// claim is what Begin says, whatever it is.
func (j jobTest) claim(want store.Decision, change func(*store.BeginRequest)) {
	r := j.request()
	change(&r)

	claim, err := j.Begin(j.tb.Context(), r)
	require.NoError(j.tb, err)
	require.Equal(j.tb, want, claim.Decision)
}

// end ends the job without a call.
func (j jobTest) end(status store.Status) {
	claim, err := j.End(j.tb.Context(), store.EndRequest{Job: newJob(j.id), Status: status})
	require.NoError(j.tb, err)
	require.Equal(j.tb, store.Ended, claim.Decision)
}

// verdicts are those of the job's attempts in order, empty for one that is running.
func (j jobTest) verdicts() []string {
	return value[[]string](j.tb, j.database,
		`SELECT coalesce(array_agg(coalesce(verdict, '') ORDER BY attempt), '{}') FROM attempts WHERE job_id = $1`, j.id)
}

func begin(tb testing.TB, s *store.Store, r store.BeginRequest) store.Claim {
	tb.Helper()

	claim, err := s.Begin(tb.Context(), r)
	require.NoError(tb, err)
	require.Equal(tb, store.Begun, claim.Decision)

	return claim
}

// result is the finish of a claim, to be completed by the test.
func result(c store.Claim, verdict string, status store.Status) store.FinishRequest {
	return store.FinishRequest{JobID: c.Outcome.JobID, Attempt: c.Attempt, StartedAt: c.StartedAt, Verdict: verdict, Status: status}
}

// finish records a result that is known to be wanted.
func finish(tb testing.TB, s *store.Store, r store.FinishRequest) store.FinishResult {
	tb.Helper()

	finished, err := s.Finish(tb.Context(), r)
	require.NoError(tb, err)
	require.Equal(tb, store.Recorded, finished.Finished)

	return finished
}

// withContentOf is the request with the content of another job.
func withContentOf(r store.BeginRequest, id string) store.BeginRequest {
	other := newJob(id)
	r.Job.MessageDigest, r.Job.ContentHMACs = other.MessageDigest, other.ContentHMACs

	return r
}
