package inquiry_test

import (
	"crypto/sha256"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/inquiry"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

// rig is a queue and a ledger without workers: a test puts there what it asks about.
type rig struct {
	t      *testing.T
	js     jetstream.JetStream
	ledger *store.Store
	sql    *pgxpool.Pool
}

func newRig(t *testing.T) *rig {
	t.Helper()

	r := &rig{t: t}

	var err error

	r.js, err = jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), r.js, jobs.Topology{Programs: []string{"demo"}})
	require.NoError(t, err)

	url := stacktest.Database(t)
	r.ledger, err = store.Open(t.Context(), url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(r.ledger.Close)

	r.sql, err = pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(r.sql.Close)

	return r
}

func (r *rig) sources() inquiry.Sources {
	r.t.Helper()

	verdicts, err := mastercard.Verdicts()
	require.NoError(r.t, err)

	return inquiry.Sources{Ledger: r.ledger, JS: r.js, Verdicts: verdicts}
}

// begin begins an attempt at the job j.1.
func (r *rig) begin() store.Claim {
	r.t.Helper()

	const id = "j.1"

	digest := sha256.Sum256([]byte(id))
	claim, err := r.ledger.Begin(r.t.Context(), store.BeginRequest{
		Job: store.Job{
			ID: id, Program: "demo", ExternalCardID: "card-" + id, ExternalConsumerID: "consumer", PANFirst6: "520473", PANLast4: "4784",
			PANHMAC: digest[:], PANHMACKid: "k1", MessageDigest: digest[:],
		},
		Worker: "w1", TraceID: "trace-" + id, Lease: time.Minute, MaxAttempts: 3,
	})
	require.NoError(r.t, err)
	require.Equal(r.t, store.Begun, claim.Decision)

	return claim
}

// finish ends it.
func (r *rig) finish(claim store.Claim, verdict string, status store.Status, change func(*store.FinishRequest)) {
	r.t.Helper()

	request := store.FinishRequest{
		JobID: claim.Outcome.JobID, Attempt: claim.Attempt, StartedAt: claim.StartedAt,
		Verdict: verdict, Status: status,
	}
	if change != nil {
		change(&request)
	}

	_, err := r.ledger.Finish(r.t.Context(), request)
	require.NoError(r.t, err)
}

// later lets an hour pass for the job's row.
func (r *rig) later() {
	r.t.Helper()

	_, err := r.sql.Exec(r.t.Context(), `
		UPDATE enrollments SET updated_at = now() - interval '1 hour',
			next_attempt_at = CASE WHEN next_attempt_at IS NOT NULL THEN now() - interval '1 hour' END,
			lease_until = CASE WHEN lease_until IS NOT NULL THEN now() - interval '1 hour' END
		WHERE job_id = 'j.1'`)
	require.NoError(r.t, err)
}

func (r *rig) publish(subject, body string, headers ...string) {
	r.t.Helper()

	message := nats.NewMsg(subject)
	message.Data = []byte(body)

	for i := 0; i < len(headers); i += 2 {
		message.Header.Set(headers[i], headers[i+1])
	}

	_, err := r.js.PublishMsg(r.t.Context(), message)
	require.NoError(r.t, err)
}

// job is what is told of the job.
func (r *rig) job() inquiry.Job {
	r.t.Helper()

	found, err := r.ledger.Find(r.t.Context(), store.KeyJob, "j.1", 10)
	require.NoError(r.t, err)
	require.Len(r.t, found, 1)

	job, err := r.sources().Tell(r.t.Context(), found[0])
	require.NoError(r.t, err)

	return job
}
