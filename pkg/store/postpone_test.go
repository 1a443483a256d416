package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/store"
)

// What becomes of a job that a worker lacks something for depends on what stands.
func TestPostpone(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for id, c := range map[string]struct {
		before func(jobTest)
		change func(*store.EndRequest)
		want   store.Decision
		status store.Status
	}{
		"new": {want: store.Postponed, status: store.StatusRetrying},
		"handed back": {
			before: func(j jobTest) { j.finish("halted", store.StatusPending) },
			want:   store.Postponed, status: store.StatusRetrying,
		},
		"older than its program allows": {
			before: func(j jobTest) {
				j.finish("halted", store.StatusPending)
				j.exec(j.tb, `UPDATE enrollments SET first_seen_at = now() - interval '2 hours' WHERE job_id = $1`, j.id)
			},
			want: store.Ended, status: store.StatusInvalid,
		},
		"a pause that the API asked for is kept": {
			before: func(j jobTest) { j.retrying(time.Now().Add(time.Hour)) },
			want:   store.NotDue, status: store.StatusRetrying,
		},
		"a running attempt is left": {before: func(j jobTest) { j.begin() }, want: store.Held, status: store.StatusInProgress},
		"an attempt that never reported back is left to who can go on": {
			before: func(j jobTest) { j.deadLease() }, want: store.Held, status: store.StatusInProgress,
		},
		"final": {
			before: func(j jobTest) { j.finish("enrolled", store.StatusEnrolled) },
			want:   store.Final, status: store.StatusEnrolled,
		},
		"another job's id, as far as anybody can tell": {
			before: func(j jobTest) { j.finish("enrolled", store.StatusEnrolled) },
			change: func(r *store.EndRequest) {
				r.Job = withContentOf(beginRequest(r.Job.ID), "another").Job
				r.Job.ContentHMACs = nil
			},
			want: store.KeyMissing, status: store.StatusEnrolled,
		},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}
			if c.before != nil {
				c.before(j)
			}

			r := store.EndRequest{
				Job: newJob(id), Status: store.StatusInvalid, Failure: store.Failure{Source: "job", Reason: "UNKNOWN_KID"},
				Postpone: store.Postponement{MaxAge: time.Hour, Base: time.Minute, Cap: 5 * time.Minute},
			}
			if c.change != nil {
				c.change(&r)
			}

			claim, err := d.End(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, c.want, claim.Decision)
			require.Equal(t, c.status, claim.Outcome.Status)

			if c.want == store.Postponed {
				require.InDelta(t, time.Minute.Seconds(), claim.Wait.Seconds(), 1)
				require.Equal(t, "UNKNOWN_KID", claim.Outcome.Failure.Reason)
			}
		})
	}
}

// A job that nobody could open gives way to one under its id that can be read: it may have been sealed for a key that is lost.
func TestAJobThatCanBeOpenedTakesThePlaceOfOneThatCannot(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	unread := newJob("job")
	unread.ContentHMACs = nil

	claim, err := d.End(t.Context(), store.EndRequest{
		Job: unread, Status: store.StatusInvalid, Failure: store.Failure{Reason: "UNKNOWN_KID"},
		Postpone: store.Postponement{MaxAge: time.Hour, Base: time.Hour, Cap: time.Hour},
	})
	require.NoError(t, err)
	require.Equal(t, store.Postponed, claim.Decision)

	d.exec(t, `UPDATE enrollments SET next_attempt_at = now() WHERE job_id = 'job'`)

	readable := withContentOf(beginRequest("job"), "another")
	finish(t, d.Store, result(begin(t, d.Store, readable), "enrolled", store.StatusEnrolled))

	jobTest{database: d, tb: t, id: "job"}.claim(store.Conflict, func(*store.BeginRequest) {})
}

// A late result says nothing new of a job that is in doubt: an operator has it, and its message is gone.
func TestALateResultLeavesAJobInDoubt(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for id, status := range map[string]store.Status{"halted": store.StatusPending, "unknown": store.StatusInDoubt} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}
			claim := j.deadLease()
			j.claim(store.InDoubt, func(r *store.BeginRequest) { r.HoldUnknown = true })

			before, _, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)

			finished, err := d.Finish(t.Context(), result(claim, id, status))
			require.NoError(t, err)
			require.Equal(t, store.Fenced, finished.Finished)
			require.Equal(t, before, finished.Outcome)
		})
	}
}

// Postgres' clock was set back by hours: what a job did before counts all the same, and what it says of times to come does not.
func TestAClockThatWasSetBack(t *testing.T) {
	t.Parallel()

	url := stacktest.Database(t)
	skew := stacktest.SkewPostgres(t, url)
	d := &database{Store: openStore(t, url, store.Options{}), url: url, sql: openPool(t, url)}

	skew(2 * time.Hour)

	j := jobTest{database: d, tb: t, id: "job"}
	j.finish("retry", store.StatusRetrying, func(r *store.FinishRequest) { r.RetryAfter = time.Minute })

	skew(0)

	// Due, as far as the queue knows, which has kept the time.
	claim := j.begin()
	finish(t, d.Store, result(claim, "unknown", store.StatusRetrying))
	finish(t, d.Store, result(j.begin(), "retry", store.StatusDead))

	outcome, _, err := d.Outcome(t.Context(), "job")
	require.NoError(t, err)
	require.Equal(t, store.StatusInDoubt, outcome.Status, "its second attempt may have been processed")
}

// Postgres' clock was set back by hours while a worker held a job. A dead one holds it for the length of its lease from then on, not
// for the jump as well; one that lives renews it as ever.
func TestALeaseFromBeforeTheClockWasSetBack(t *testing.T) {
	t.Parallel()

	url := stacktest.Database(t)
	skew := stacktest.SkewPostgres(t, url)
	d := &database{Store: openStore(t, url, store.Options{}), url: url, sql: openPool(t, url)}

	held := func(id string, lease time.Duration) (jobTest, store.Claim) {
		j := jobTest{database: d, tb: t, id: id}
		r := j.request()
		r.Lease = lease

		return j, begin(t, d.Store, r)
	}

	skew(2 * time.Hour)

	dead, _ := held("dead", 200*time.Millisecond)
	ended, _ := held("ended", 200*time.Millisecond)
	alive, claim := held("alive", time.Minute)

	skew(0)
	require.Empty(t, renew(t, d, time.Minute, leaseOf(claim)))

	waits := func(j jobTest) time.Duration {
		other, err := d.Begin(t.Context(), byAnotherWorker(j.request()))
		require.NoError(t, err)
		require.Equal(t, store.Held, other.Decision)

		return other.Wait
	}

	require.LessOrEqual(t, waits(alive), time.Minute)
	require.Greater(t, waits(alive), 30*time.Second)
	require.LessOrEqual(t, waits(dead), 200*time.Millisecond)

	eventually.True(t, func() bool {
		other, err := d.Begin(t.Context(), byAnotherWorker(dead.request()))
		return err == nil && other.Decision == store.Begun
	}, time.Minute, 10*time.Millisecond)

	eventually.True(t, func() bool {
		other, err := d.End(t.Context(), store.EndRequest{
			Job: ended.request().Job, Status: store.StatusInvalid, Failure: store.Failure{Source: "job", Reason: "BROKEN_SEAL"},
		})

		return err == nil && other.Outcome.Status == store.StatusInDoubt
	}, time.Minute, 10*time.Millisecond)

	requireCountsFit(t, d)
}

// A refund that comes after a redrive has forgotten the charge is recorded.
func TestALateRefundAfterARedrive(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	j := jobTest{database: d, tb: t, id: "job"}
	claim := j.deadLease()
	j.claim(store.InDoubt, func(r *store.BeginRequest) { r.HoldUnknown = true })

	_, err := d.Redrive(t.Context(), store.RedriveRequest{JobID: "job", From: []store.Status{store.StatusInDoubt}})
	require.NoError(t, err)

	late := result(claim, "throttled", store.StatusRetrying)
	late.Refund = true
	_, err = d.Finish(t.Context(), late)
	require.NoError(t, err)
}

// What nobody can open of a canceled batch ends as canceled, whether it has a row or not: a wrong intake key is what a batch is
// canceled for.
func TestAJobOfACanceledBatchIsNotPostponed(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	request := func(id string) store.EndRequest {
		job := newJob(id)
		job.BatchID = "canceled"

		return store.EndRequest{
			Job: job, Status: store.StatusInvalid, Failure: store.Failure{Source: "job", Reason: "UNKNOWN_KID"},
			Postpone: store.Postponement{MaxAge: time.Hour, Base: time.Minute, Cap: time.Hour},
		}
	}

	claim, err := d.End(t.Context(), request("seen"))
	require.NoError(t, err)
	require.Equal(t, store.Postponed, claim.Decision)

	_, err = d.CancelBatch(t.Context(), "canceled", "ana@desk", "wrong key")
	require.NoError(t, err)

	for _, id := range []string{"seen", "unseen"} {
		claim, err := d.End(t.Context(), request(id))
		require.NoError(t, err)
		require.Equal(t, store.Canceled, claim.Decision, id)
		require.Equal(t, "wrong key", claim.Canceled.Why, id)
	}
}
