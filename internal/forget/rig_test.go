package forget_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/forget"
	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

// rig is a queue and a database with jobs as workers leave them.
type rig struct {
	*testing.T

	js    jetstream.JetStream
	store *store.Store
	sql   *pgxpool.Pool
	url   string
}

func newRig(t *testing.T) *rig {
	t.Helper()

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{Programs: []string{"gold", "silver"}})
	require.NoError(t, err)

	url := stacktest.Database(t)
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)

	s, err := store.Open(t.Context(), url, store.Options{FlushDelay: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(s.Close)

	return &rig{T: t, js: js, store: s, sql: pool, url: url}
}

func (r *rig) exec(sql string, args ...any) {
	r.Helper()

	_, err := r.sql.Exec(r.Context(), sql, args...)
	require.NoError(r, err)
}

func (r *rig) value(sql string, args ...any) (n int64) {
	r.Helper()
	require.NoError(r, r.sql.QueryRow(r.Context(), sql, args...).Scan(&n))

	return n
}

// job is one that has ended, or has not.
type job struct {
	id, program, batch, consumer, card string

	status store.Status
	age    time.Duration // since it ended
}

func (j job) record() store.Job {
	digest := sha256.Sum256([]byte(j.id))

	return store.Job{
		ID: j.id, Program: j.program, BatchID: j.batch, ExternalConsumerID: j.consumer, ExternalCardID: j.card, MessageDigest: digest[:],
	}
}

// leave leaves what workers leave of a job: its row, an attempt, an event, and a dead letter where it was given up.
func (r *rig) leave(j job) {
	r.Helper()

	claim, err := r.store.Begin(r.Context(), store.BeginRequest{Job: j.record(), Worker: "w", Lease: time.Minute})
	require.NoError(r, err)

	verdict := string(j.status)
	if j.status == store.StatusDead || j.status == store.StatusInDoubt {
		verdict = "retry"
	}

	finished, err := r.store.Finish(r.Context(), store.FinishRequest{
		JobID: j.id, Attempt: claim.Attempt, StartedAt: claim.StartedAt, Verdict: verdict, Status: j.status,
		Failure: store.Failure{Source: "api"},
	})
	require.NoError(r, err)

	require.NoError(r, announce.Outcome(r.Context(), r.js, finished.Outcome, nil, persist.Options{}))

	if j.status == store.StatusDead || j.status == store.StatusInDoubt {
		r.letter(j, finished.Outcome)
	}

	if j.age > 0 {
		at := time.Now().Add(-j.age)
		r.exec(`SELECT attempts_ensure_partition($1)`, at)
		r.exec(`UPDATE enrollments SET first_seen_at = $2::timestamptz - interval '1 minute', completed_at = $2, attempt_started_at = $2
			WHERE job_id = $1`, j.id, at)
		r.exec(`UPDATE attempts SET started_at = $2 WHERE job_id = $1`, j.id, at)
	}
}

func (r *rig) letter(j job, outcome store.Outcome) {
	r.Helper()

	body, err := json.Marshal(jobs.DeadLetter{
		Schema: 1, ID: j.id, Status: string(j.status),
		Job: jobs.Job{Schema: 1, ID: j.id, Program: j.program, ExternalConsumerID: j.consumer, Sealed: "a.b.c.d.e"},
	})
	require.NoError(r, err)

	msg := nats.NewMsg(jobs.DeadSubject(j.program, j.id))
	msg.Data = body
	msg.Header.Set(nats.MsgIdHdr, announce.ID(outcome)+"/0011223344556677")
	_, err = r.js.PublishMsg(r.Context(), msg)
	require.NoError(r, err)
}

// left are the keys of the jobs that have messages in a stream, with how many.
func (r *rig) left(stream string) map[string]int {
	r.Helper()

	s, err := r.js.Stream(r.Context(), stream)
	require.NoError(r, err)

	all := map[string]int{}

	for from := uint64(1); ; {
		msg, err := s.GetMsg(r.Context(), from, jetstream.WithGetMsgSubject(">"))
		if err != nil {
			require.ErrorIs(r, err, jetstream.ErrMsgNotFound)
			return all
		}

		var body struct {
			ID string `json:"id"`
		}
		require.NoError(r, json.Unmarshal(msg.Data, &body))

		all[body.ID]++
		from = msg.Sequence + 1
	}
}

// rows are the ids of the jobs that have a row.
func (r *rig) rows() (ids []string) {
	r.Helper()
	require.NoError(r, r.sql.QueryRow(r.Context(),
		`SELECT coalesce(array_agg(job_id ORDER BY job_id), '{}') FROM enrollments`).Scan(&ids))

	return ids
}

// purge purges, and returns the account.
func (r *rig) purge(scope store.EndedScope) forget.Account {
	r.Helper()

	account, err := r.tryPurge(r.Context(), scope, nil)
	require.NoError(r, err)

	return account
}

func (r *rig) tryPurge(ctx context.Context, scope store.EndedScope, reached func(forget.Stage)) (forget.Account, error) {
	r.Helper()

	purge, err := forget.New(ctx, r.js, r.store, forget.Options{Scope: scope, Reached: reached})
	require.NoError(r, err)

	return purge.Run(ctx)
}

const day = 24 * time.Hour

func ago(age time.Duration) time.Time { return time.Now().Add(-age) }

// many leaves jobs of a batch: old ones of each status, and some that did not end.
func (r *rig) many() {
	r.Helper()

	for n := range 6 {
		r.leave(job{fmt.Sprint("old-", n), "gold", "b1", "ana", fmt.Sprint("c-", n), store.StatusEnrolled, time.Duration(100+n) * day})
	}

	r.leave(job{"dead", "gold", "b1", "ben", "c", store.StatusDead, 100 * day})
	r.leave(job{"new", "gold", "b1", "ana", "c", store.StatusEnrolled, time.Minute})
	r.leave(job{"doubt", "gold", "b1", "ana", "c", store.StatusInDoubt, 0})
	r.leave(job{"silver", "silver", "b2", "ana", "s", store.StatusRejected, 100 * day})
}
