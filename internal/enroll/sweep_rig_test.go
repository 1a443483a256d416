package enroll_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// sweepTest is a queue and a database, and a way to let time pass for a row.
type sweepTest struct {
	*rig

	sql *pgxpool.Pool
}

func newSweepTest(t *testing.T) *sweepTest {
	t.Helper()

	s := &sweepTest{rig: newRig(t)}
	url := stacktest.Database(t)

	var err error

	s.rig.store, err = store.Open(t.Context(), url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(s.rig.store.Close)

	s.sql, err = pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(s.sql.Close)

	return s
}

func (s *sweepTest) sweeper() *enroll.Sweeper { return s.sweeperWith(s.js, s.store) }

func (s *sweepTest) sweeperWith(js jetstream.JetStream, ledger enroll.OverdueLedger) *enroll.Sweeper {
	return enroll.NewSweeper(js, ledger, enroll.SweepOptions{Logger: s.config.Logger})
}

// requireSwept sweeps once and requires what it did.
func (s *sweepTest) requireSwept(sweeper *enroll.Sweeper, want enroll.Swept) {
	s.t.Helper()

	swept, err := sweeper.Sweep(s.t.Context())
	require.NoError(s.t, err)
	require.Equal(s.t, want, swept)
}

// begin begins an attempt of a job that no worker of this test has a message of.
func (s *sweepTest) begin(id string) store.Claim {
	s.t.Helper()

	digest := sha256.Sum256([]byte(id))
	claim, err := s.store.Begin(s.t.Context(), store.BeginRequest{
		Job: store.Job{ID: id, Program: "demo", MessageDigest: digest[:]}, Worker: "other", Lease: time.Hour,
	})
	require.NoError(s.t, err)
	require.Equal(s.t, store.Begun, claim.Decision)

	return claim
}

// standing leaves the job at a status, since an hour.
func (s *sweepTest) standing(id string, status store.Status) {
	s.t.Helper()

	if claim := s.begin(id); status != store.StatusInProgress {
		finish := store.FinishRequest{JobID: id, Attempt: claim.Attempt, StartedAt: claim.StartedAt, Verdict: "retry", Status: status}
		_, err := s.store.Finish(s.t.Context(), finish)
		require.NoError(s.t, err)
	}

	s.age(id)
}

// age lets an hour pass for the job's row: what it waits for is overdue since.
func (s *sweepTest) age(id string) {
	s.t.Helper()

	_, err := s.sql.Exec(s.t.Context(), `
		UPDATE enrollments SET updated_at = now() - interval '1 hour',
			next_attempt_at = CASE WHEN next_attempt_at IS NOT NULL THEN now() - interval '1 hour' END,
			lease_until = CASE WHEN lease_until IS NOT NULL THEN now() - interval '1 hour' END
		WHERE job_id = $1`, id)
	require.NoError(s.t, err)
}

// put puts some message into a lane.
func (s *sweepTest) put(subject string) {
	s.t.Helper()

	_, err := s.js.Publish(s.t.Context(), subject, []byte("{}"))
	require.NoError(s.t, err)
}

// schedule puts some message on a job's retry subject, as a worker does.
func (s *sweepTest) schedule(id string, at time.Time) {
	s.t.Helper()

	message := nats.NewMsg(jobs.RetrySubject("demo", id))
	message.Header.Set("Nats-Schedule", "@at "+at.UTC().Format(time.RFC3339))
	message.Header.Set("Nats-Schedule-Target", jobs.DueSubject("demo"))

	_, err := s.js.PublishMsg(s.t.Context(), message)
	require.NoError(s.t, err)
}

// remade deletes a stream, with all that was in it, and makes it again.
func (s *sweepTest) remade(stream string) {
	s.t.Helper()

	require.NoError(s.t, s.js.DeleteStream(s.t.Context(), stream))
	_, err := jobs.Ensure(s.t.Context(), s.js, s.config.Topology)
	require.NoError(s.t, err)
}

// events counts what was announced.
func (s *sweepTest) events() uint64 {
	s.t.Helper()

	stream, err := s.js.Stream(s.t.Context(), jobs.StreamOutcomes)
	require.NoError(s.t, err)

	return stream.CachedInfo().State.Msgs
}

// retryingJob has a worker work on a job until it waits for its next attempt, an hour from now.
func (s *sweepTest) retryingJob(id, card string) jobs.Job {
	s.t.Helper()

	program := s.config.Programs["demo"]
	program.Backoff = pace.Backoff{Base: time.Hour, Cap: time.Hour}
	program.MaxAge = enroll.Duration(24 * time.Hour)
	s.config.Programs["demo"] = program

	job := s.publish(id, card)
	stop := s.start()

	stream, err := s.js.Stream(s.t.Context(), jobs.StreamRetry)
	require.NoError(s.t, err)
	eventually.True(s.t, func() bool {
		_, err := stream.GetLastMsgForSubject(s.t.Context(), jobs.RetrySubject("demo", id))
		return err == nil
	}, patience, 10*time.Millisecond, "it is scheduled")
	stop()

	return job
}
