package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/store"
)

// tomorrow is after the end of all jobs of a test.
func tomorrow() time.Time { return time.Now().Add(24 * time.Hour) }

// ended has a job enrolled.
func ended(t *testing.T, d *database, id string) {
	t.Helper()

	jobTest{d, t, id}.finish("enrolled", store.StatusEnrolled)
}

func purge(t *testing.T, s *store.Store, ids ...string) store.PurgeResult {
	t.Helper()

	result, err := s.PurgeJobs(t.Context(), store.PurgeRequest{IDs: ids, Before: tomorrow()})
	require.NoError(t, err)

	return result
}

// requirePurgedCounts requires rollups that fit the rows, but for what they count as purged.
func requirePurgedCounts(t *testing.T, d *database, n int64) {
	t.Helper()

	for _, table := range []string{"batch_counts", "program_counts"} {
		require.Equal(t, n, value[int64](t, d, `SELECT coalesce(sum(count), 0)::bigint FROM `+table+` WHERE status = 'purged'`), table)
		d.exec(t, `DELETE FROM `+table+` WHERE status = 'purged'`)
	}

	requireCountsFit(t, d)
}

func TestAPurgeTakesRowsAndAttemptsAndLeavesTheCounts(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	for n := range 10 {
		ended(t, d, fmt.Sprint("job-", n))
	}

	begin(t, d.Store, beginRequest("running"))

	result := purge(t, d.Store, "job-1", "job-2", "job-3", "running", "no such")
	require.Equal(t, store.PurgeResult{Jobs: 3, Attempts: 3, Left: 2}, result)
	require.Equal(t, store.PurgeResult{Left: 1}, purge(t, d.Store, "job-1"), "a second time there is nothing")

	progress, err := d.Progress(t.Context(), "batch-1")
	require.NoError(t, err)
	require.EqualValues(t, 11, progress.Seen())
	require.EqualValues(t, 10, progress.Settled())
	require.EqualValues(t, 3, value[int64](t, d, `SELECT purged FROM batch_progress WHERE batch_id = 'batch-1'`))

	require.EqualValues(t, 8, value[int64](t, d, `SELECT count(*) FROM enrollments`))
	require.EqualValues(t, 8, value[int64](t, d, `SELECT count(*) FROM attempts`))
	requirePurgedCounts(t, d, 3)
}

func TestOnlyJobsThatEndedBeforeThenArePurged(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	ended(t, d, "new")
	jobTest{d, t, "doubtful"}.finish("unknown", store.StatusInDoubt)

	result, err := d.PurgeJobs(t.Context(), store.PurgeRequest{IDs: []string{"new"}, Before: time.Now().Add(-time.Hour)})
	require.NoError(t, err)
	require.Equal(t, store.PurgeResult{Left: 1}, result)
	require.Equal(t, store.PurgeResult{Left: 1}, purge(t, d.Store, "doubtful"))

	held := d.transaction(t, `SELECT FROM enrollments WHERE job_id = 'new' FOR UPDATE`)
	require.Equal(t, store.PurgeResult{Left: 1}, purge(t, d.Store, "new"), "nobody is waited for")
	require.NoError(t, held.Rollback(t.Context()))
	require.Equal(t, store.PurgeResult{Jobs: 1, Attempts: 1}, purge(t, d.Store, "new"))
}

func TestTheIDOfAPurgedJobStaysTaken(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	ended(t, d, "job")
	purge(t, d.Store, "job")

	at := value[time.Time](t, d, `SELECT purged_at FROM purged_jobs`).UTC()

	other := beginRequest("job")
	other.Job.MessageDigest = newJob("another").MessageDigest

	for _, r := range []store.BeginRequest{beginRequest("job"), other} {
		claim, err := d.Begin(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, store.Claim{Decision: store.Purged, PurgedAt: at}, claim)
	}

	claim, err := d.End(t.Context(), store.EndRequest{Job: newJob("job"), Status: store.StatusInvalid})
	require.NoError(t, err)
	require.Equal(t, store.Purged, claim.Decision)

	postponed, err := d.End(t.Context(), store.EndRequest{
		Job: newJob("job"), Status: store.StatusInvalid, Postpone: store.Postponement{MaxAge: time.Hour, Base: time.Second, Cap: time.Minute},
	})
	require.NoError(t, err)
	require.Equal(t, store.Purged, postponed.Decision)

	require.Zero(t, value[int64](t, d, `SELECT count(*) FROM enrollments`))
	require.Zero(t, value[int64](t, d, `SELECT count(*) FROM attempts`))

	known, err := d.Known(t.Context(), []string{"job", "other"})
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"job": true}, known)

	purged, err := d.PurgedIDs(t.Context(), []string{"other", "job"})
	require.NoError(t, err)
	require.Equal(t, map[string]time.Time{"job": at}, purged)

	// Beside others in one flush.
	require.Equal(t, store.Begun, begin(t, d.Store, beginRequest("other")).Decision)
}

// A job's message may come again in the very moment in which its row is purged.
func TestNoJobIsBegunAnewWhileItIsPurged(t *testing.T) {
	t.Parallel()

	const jobs = 60

	d := newDatabase(t, store.Options{FlushDelay: time.Microsecond})
	other := openStore(t, d.url, store.Options{})

	for n := range jobs {
		ended(t, d, fmt.Sprint("job-", n))
	}

	var wait sync.WaitGroup

	for n := range jobs {
		id := fmt.Sprint("job-", n)

		wait.Go(func() {
			for {
				claim, err := d.Begin(context.WithoutCancel(t.Context()), beginRequest(id))
				if err != nil || claim.Decision != store.Final {
					if err != nil || claim.Decision != store.Purged {
						t.Error(id, claim.Decision, err)
					}

					return
				}
			}
		})
		wait.Go(func() {
			for {
				result, err := other.PurgeJobs(context.WithoutCancel(t.Context()), store.PurgeRequest{IDs: []string{id}, Before: tomorrow()})
				if err != nil {
					t.Error(id, err)
				}

				if err != nil || result.Jobs == 1 {
					return
				}
			}
		})
	}

	wait.Wait()
	require.Zero(t, value[int64](t, d, `SELECT count(*) FROM enrollments`))
	require.Zero(t, value[int64](t, d, `SELECT count(*) FROM attempts`))
	requirePurgedCounts(t, d, jobs)
}

// The one who begins has looked before the purge was committed, waits for it, and must not insert then.
func TestABeginThatWaitedForAPurge(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	ended(t, d, "job")

	purging := d.transaction(t, `DELETE FROM enrollments WHERE job_id = 'job'`)
	_, err := purging.Exec(t.Context(), `INSERT INTO purged_jobs (id_sha256) VALUES (sha256('job'))`)
	require.NoError(t, err)

	begun := make(chan store.Claim, 1)

	go func() {
		claim, err := d.Begin(t.Context(), beginRequest("job"))
		if err != nil {
			t.Error(err)
		}

		begun <- claim
	}()

	eventually.True(t, func() bool {
		return value[int64](t, d, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0
	}, time.Minute, time.Millisecond)
	require.NoError(t, purging.Commit(t.Context()))
	require.Equal(t, store.Purged, (<-begun).Decision)
	require.Zero(t, value[int64](t, d, `SELECT count(*) FROM enrollments`))
}

func TestEndedJobsComePageByPage(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for n := range 9 {
		ended(t, d, fmt.Sprint("job-", n))
		d.exec(t, `UPDATE enrollments SET completed_at = now() - interval '30 days' + $2 * interval '1 day', program = $3 WHERE job_id = $1`,
			fmt.Sprint("job-", n), n/2, []string{"gold", "silver"}[n%2])
	}

	begin(t, d.Store, beginRequest("running"))

	scope := store.EndedScope{Programs: []string{"gold", "silver"}, Before: time.Now().Add(-27 * 24 * time.Hour)}

	n, err := d.CountEnded(t.Context(), scope)
	require.NoError(t, err)
	require.EqualValues(t, 8, n)

	var (
		last store.EndedJob
		all  []string
	)

	for {
		page, err := d.EndedJobs(t.Context(), scope, last, 2)
		require.NoError(t, err)

		for _, job := range page {
			all = append(all, job.JobID)
			last = job
		}

		if len(page) == 0 {
			break
		}
	}

	require.Equal(t, []string{"job-0", "job-1", "job-2", "job-3", "job-4", "job-5", "job-6", "job-7"}, all)

	scope.Programs = []string{"silver"}
	page, err := d.EndedJobs(t.Context(), scope, store.EndedJob{}, 10)
	require.NoError(t, err)
	require.Len(t, page, 4)

	scope.Batch, scope.Before = "batch-1", tomorrow()
	page, err = d.EndedJobs(t.Context(), scope, store.EndedJob{}, 10)
	require.NoError(t, err)
	require.Len(t, page, 4)

	n, err = d.CountEnded(t.Context(), scope)
	require.NoError(t, err)
	require.EqualValues(t, 4, n)
}

// A consumer's jobs are also those that name only a card of theirs, or what Mastercard calls it.
func TestTheJobsOfAConsumer(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for _, row := range []struct{ id, set string }{
		{"enrolled", `external_consumer_id = 'ana', external_card_id = 'c1', src_consumer_id = 's1', src_digital_card_id = 'd1'`},
		{"out by her card", `external_consumer_id = NULL, external_card_id = 'c1'`},
		{"update by its id", `external_consumer_id = NULL, external_card_id = NULL, subject = 'card/d1'`},
		{"forget by her id", `external_consumer_id = NULL, external_card_id = NULL, subject = 'consumer/s1'`},
		{"joint card", `external_consumer_id = 'ben', external_card_id = 'c1'`},
		{"other program", `external_consumer_id = NULL, external_card_id = 'c1', program = 'silver'`},
		{"other card", `external_consumer_id = NULL, external_card_id = 'c2', subject = 'card/d2'`},
	} {
		ended(t, d, row.id)
		d.exec(t, `UPDATE enrollments SET `+row.set+` WHERE job_id = $1`, row.id)
	}

	running := beginRequest("running")
	running.Job.ExternalConsumerID = "ana"
	begin(t, d.Store, running)

	found, left, err := d.OfConsumer(t.Context(), store.EndedScope{Consumer: "ana", Before: tomorrow()})
	require.NoError(t, err)
	require.EqualValues(t, 1, left)

	var ids []string
	for _, job := range found {
		ids = append(ids, job.JobID)
	}

	require.Equal(t, []string{"forget by her id", "out by her card", "update by its id", "enrolled"}, ids, "what leads to others comes last")

	found, _, err = d.OfConsumer(t.Context(), store.EndedScope{Consumer: "ana", Programs: []string{"silver"}, Before: tomorrow()})
	require.NoError(t, err)
	require.Empty(t, found)
}
