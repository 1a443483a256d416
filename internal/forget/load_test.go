package forget_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/forget"
	"enroll.example/clicktopay/pkg/store"
)

// purgeJobs is how many jobs TestWorkGoesOnBesideAPurge has, a fifth of which it purges. The setting asks for more, 5000000 for
// example, and logs what it takes: go test ./internal/forget -run BesideAPurge -v -timeout 1h.
const (
	purgeJobs   = 20_000
	jobsSetting = "ENROLL_TEST_PURGE_JOBS"
	rateSetting = "ENROLL_TEST_PURGE_RATE"
)

func number(t *testing.T, setting string, otherwise int) int {
	t.Helper()

	text := os.Getenv(setting)
	if text == "" {
		return otherwise
	}

	n, err := strconv.Atoi(text)
	require.NoError(t, err, setting)

	return n
}

// generate fills the tables with jobs that ended: one of five in the months before, the others in this one. A commit has some
// hundred of them, which end at the same moment, as workers write them.
func (r *rig) generate(n int) (before time.Time) {
	r.Helper()

	before = time.Now().UTC().AddDate(0, 0, -60)
	before = time.Date(before.Year(), before.Month(), 1, 0, 0, 0, 0, time.UTC)

	for _, ago := range []string{"1 day", "20 days", "40 days"} {
		r.exec(`SELECT attempts_ensure_partition($1::timestamptz - $2::interval)`, before, ago)
	}

	r.exec(`CREATE UNLOGGED TABLE generated AS
		SELECT n, 'job-' || n AS id, CASE WHEN n % 5 = 0
			THEN $2::timestamptz - (n / 500) * 500 / $1::float8 * interval '50 days' - interval '1 minute'
			ELSE $2::timestamptz + (n / 500) * 500 / $1::float8 * (now() - $2::timestamptz) END AS at
		FROM generate_series(1, $1::integer) n`, n, before)
	r.exec(`INSERT INTO enrollments (job_id, program, batch_id, external_consumer_id, external_card_id, status, pan_first6, pan_last4, pan_hmac,
			pan_hmac_kid, message_digest, src_digital_card_id, content_hmac, http_status, src_correlation_id, attempts, first_seen_at, charged,
			attempt_started_at, worker, completed_at, trace_id, updated_at)
		SELECT id, 'gold', 'batch-' || n % 50, 'consumer-' || n, 'card-' || n, 'enrolled', '520473', '4784', sha256(id::bytea),
			'k1', sha256(id::bytea), md5(id), sha256(id::bytea), 200, md5(id), 1, at, 1, at, 'worker-1', at, md5(id), at
		FROM generated ORDER BY at`)
	r.exec(`INSERT INTO attempts (job_id, attempt, started_at, worker, finished_at, verdict, src_correlation_id, http_status, trace_id)
		SELECT id, 1, at, 'worker-1', at, 'enrolled', md5(id), 200, md5(id) FROM generated ORDER BY at`)
	r.exec(`INSERT INTO program_counts (program, status, reason, detail, shard, count) SELECT 'gold', 'enrolled', '', '', 0, count(*) FROM generated`)
	r.exec(`INSERT INTO batch_counts (batch_id, status, reason, detail, shard, count)
		SELECT 'batch-' || n % 50, 'enrolled', '', '', 0, count(*) FROM generated GROUP BY 1`)
	r.exec(`DROP TABLE generated`)
	r.exec(`VACUUM (ANALYZE, PARALLEL 0)`)

	return before
}

// load is workers' jobs, committed as workers commit them.
type load struct {
	store *store.Store
	next  int

	mu        sync.Mutex
	latencies []time.Duration // of a Begin, with the wait for others to commit together with
}

// run has jobs begun and finished by some callers until the context ends, and returns how many a second.
func (l *load) run(ctx context.Context, t *testing.T) (perSecond float64, p50, p99 time.Duration) {
	t.Helper()

	const callers = 128

	l.latencies = nil
	began := time.Now()

	var wait sync.WaitGroup

	for range callers {
		wait.Go(func() {
			for ctx.Err() == nil {
				if err := l.one(context.WithoutCancel(ctx)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}

	wait.Wait()

	took := time.Since(began)
	slices.Sort(l.latencies)

	at := func(share float64) time.Duration { return l.latencies[int(share*float64(len(l.latencies)-1))] }

	return float64(len(l.latencies)) / took.Seconds(), at(0.5), at(0.99)
}

func (l *load) one(ctx context.Context) error {
	l.mu.Lock()
	l.next++
	id := fmt.Sprint("load-", l.next)
	l.mu.Unlock()

	began := time.Now()

	claim, err := l.store.Begin(ctx, store.BeginRequest{Job: job{id: id, program: "gold", batch: "load"}.record(), Worker: "w", Lease: time.Minute})
	if err != nil {
		return err
	}

	took := time.Since(began)

	_, err = l.store.Finish(ctx, store.FinishRequest{
		JobID: id, Attempt: claim.Attempt, StartedAt: claim.StartedAt, Verdict: "enrolled", Status: store.StatusEnrolled, HTTPStatus: 200,
	})

	l.mu.Lock()
	defer l.mu.Unlock()

	l.latencies = append(l.latencies, took)

	return err
}

// Workers go on beside a purge, and both count right.
func TestWorkGoesOnBesideAPurge(t *testing.T) {
	t.Parallel()

	n := number(t, jobsSetting, purgeJobs)

	r := newRig(t)
	before := r.generate(n)
	l := &load{store: r.store}

	alone := func() {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(min(n/100, 30_000))*time.Millisecond)
		defer cancel()

		perSecond, p50, p99 := l.run(ctx, t)
		t.Logf("alone: %.0f jobs a second, Begin p50 %s, p99 %s", perSecond, p50, p99)
	}

	alone()

	rate := float64(number(t, rateSetting, 0))
	purging, done := context.WithCancel(t.Context())
	began := time.Now()

	var account forget.Account

	go func() {
		defer done()

		purge, err := forget.New(t.Context(), r.js, r.purger(), forget.Options{
			Scope: store.EndedScope{Before: before}, Rate: rate,
		})
		if err == nil {
			account, err = purge.Run(t.Context())
		}

		if err != nil {
			t.Error(err)
		}
	}()

	perSecond, p50, p99 := l.run(purging, t)
	took := time.Since(began)
	t.Logf("beside the purge: %.0f jobs a second, Begin p50 %s, p99 %s", perSecond, p50, p99)
	t.Logf("purged %d of %d jobs in %s, %.0f a second; %d months of attempts as a whole, %d attempts one by one",
		account.Purged, n, took.Round(time.Second), float64(account.Purged)/took.Seconds(), account.Months, account.Attempts)
	alone() // a machine that does much else may be slower by now, or faster

	t.Logf("bytes a purged job: %d", r.value(`SELECT pg_total_relation_size('purged_jobs')`)/max(account.Purged, 1))
	t.Logf("bytes a job of the index by end: %d", r.value(`SELECT pg_relation_size('enrollments_ended')`)/int64(n))

	require.EqualValues(t, n/5, account.Purged)
	require.Zero(t, r.value(`SELECT count(*) FROM enrollments WHERE completed_at < $1`, before))
	require.Zero(t, r.value(`SELECT count(*) FROM attempts WHERE started_at < $1`, before))
	require.EqualValues(t, n/5, r.value(`SELECT sum(count)::bigint FROM program_counts WHERE status = 'purged'`))
	require.EqualValues(t, n-n/5+l.next, r.value(`SELECT sum(count)::bigint FROM program_counts WHERE status = 'enrolled'`))
	require.EqualValues(t, n/5, r.value(`SELECT sum(purged)::bigint FROM batch_progress`))
}

// purger is a store of its own, as that of a command is.
func (r *rig) purger() *store.Store {
	r.Helper()

	s, err := store.Open(r.Context(), r.url, store.Options{})
	require.NoError(r, err)
	r.Cleanup(s.Close)

	return s
}
