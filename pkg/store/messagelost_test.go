package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestOverdue(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	jobs := map[string]func(j jobTest){
		"enrolled":           func(j jobTest) { j.finish("enrolled", store.StatusEnrolled) },
		"in doubt":           func(j jobTest) { j.finish("unknown", store.StatusInDoubt) },
		"being called":       func(j jobTest) { j.begin() },
		"due later":          func(j jobTest) { j.retrying(time.Now().Add(time.Hour)) },
		"just due":           func(j jobTest) { j.retrying(time.Now().Add(-time.Minute)) },
		"just handed back":   func(j jobTest) { j.finish("halted", store.StatusPending) },
		"1 due for 3 hours":  func(j jobTest) { j.retrying(time.Now().Add(-3 * time.Hour)) },
		"2 due for 3 hours":  func(j jobTest) { j.retrying(time.Now().Add(-3 * time.Hour)) },
		"3 lease, 2 hours":   func(j jobTest) { j.begin(); j.overdueSince(2 * time.Hour) },
		"4 pending, 1 hour":  func(j jobTest) { j.finish("halted", store.StatusPending); j.overdueSince(time.Hour) },
		"5 redriven, 1 hour": func(j jobTest) { j.end(store.StatusInvalid); j.redrive(); j.overdueSince(59 * time.Minute) },
	}

	for id, before := range jobs {
		before(jobTest{database: d, tb: t, id: id})
	}

	d.exec(t, `UPDATE enrollments SET next_attempt_at = (SELECT min(next_attempt_at) FROM enrollments) WHERE job_id ~ '^[12]'`)

	// Whatever the size of a page, each is found once, the longest overdue first.
	for limit := 1; limit < 7; limit++ {
		var (
			ids   []string
			after store.Overdue
		)

		for {
			page, err := d.Overdue(t.Context(), 5*time.Minute, after, limit)
			require.NoError(t, err)

			for _, o := range page {
				ids = append(ids, o.JobID)
			}

			if len(page) < limit {
				break
			}

			after = page[len(page)-1]
		}

		require.Equal(t, []string{
			"1 due for 3 hours", "2 due for 3 hours", "3 lease, 2 hours", "4 pending, 1 hour", "5 redriven, 1 hour",
		}, ids, "pages of %d", limit)
	}

	redriven := jobTest{database: d, tb: t, id: "5 redriven, 1 hour"}.overdue()
	require.Equal(t, "acme", redriven.Program)
	require.Equal(t, store.StatusPending, redriven.Status)
	require.Equal(t, 1, redriven.Redriven)
	require.Zero(t, redriven.Attempts)
	require.Equal(t, redriven.UpdatedAt, redriven.DueAt)
	require.WithinDuration(t, time.Now(), redriven.FirstSeenAt, time.Minute)

	// Redriven again, its message is published again: it is not overdue any more.
	requireRuled(t, store.Repeated, jobTest{database: d, tb: t, id: redriven.JobID}.redrive())
	page, err := d.Overdue(t.Context(), 5*time.Minute, store.Overdue{}, 100)
	require.NoError(t, err)
	require.Len(t, page, 4)
}

func TestLose(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	late := time.Now().Add(-time.Hour)

	for id, c := range map[string]struct {
		before func(j jobTest)
		then   func(j jobTest) // between Overdue and MarkLost
		want   store.ActEffect
		status store.Status
	}{
		"a retry":           {before: func(j jobTest) { j.retrying(late) }, want: store.Applied, status: store.StatusDead},
		"handed back":       {before: func(j jobTest) { j.finish("halted", store.StatusPending); j.overdueSince(time.Hour) }, want: store.Applied, status: store.StatusDead},
		"redriven":          {before: func(j jobTest) { j.end(store.StatusInvalid); j.redrive(); j.overdueSince(time.Hour) }, want: store.Applied, status: store.StatusDead},
		"a silent attempt":  {before: func(j jobTest) { j.begin(); j.overdueSince(time.Hour) }, want: store.Applied, status: store.StatusInDoubt},
		"lost already":      {before: func(j jobTest) { j.retrying(late) }, then: func(j jobTest) { j.lose(j.overdue()) }, want: store.Repeated, status: store.StatusDead},
		"in doubt already":  {before: func(j jobTest) { j.begin(); j.overdueSince(time.Hour) }, then: func(j jobTest) { j.lose(j.overdue()) }, want: store.Repeated, status: store.StatusInDoubt},
		"begun again":       {before: func(j jobTest) { j.retrying(late) }, then: func(j jobTest) { j.begin() }, want: store.Refused, status: store.StatusInProgress},
		"finished late":     {before: func(j jobTest) { j.begin(); j.overdueSince(time.Hour) }, then: func(j jobTest) { j.finishLate() }, want: store.Refused, status: store.StatusEnrolled},
		"renewed":           {before: func(j jobTest) { j.begin(); j.overdueSince(time.Hour) }, then: func(j jobTest) { j.renew() }, want: store.Refused, status: store.StatusInProgress},
		"retried meanwhile": {before: func(j jobTest) { j.retrying(late) }, then: func(j jobTest) { j.retrying(late) }, want: store.Refused, status: store.StatusRetrying},
		"redriven again":    {before: func(j jobTest) { j.end(store.StatusInvalid); j.redrive(); j.overdueSince(time.Hour) }, then: func(j jobTest) { j.redrive() }, want: store.Refused, status: store.StatusPending},
		"settled":           {before: func(j jobTest) { j.retrying(late) }, then: func(j jobTest) { j.end(store.StatusExpired) }, want: store.Refused, status: store.StatusExpired},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}
			c.before(j)
			overdue := j.overdue()

			if c.then != nil {
				c.then(j)
			}

			before, _, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)

			ruled := j.lose(overdue)
			require.Equal(t, c.want, ruled.Effect)
			require.Equal(t, c.status, ruled.Outcome.Status)

			outcome, _, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)
			require.WithinDuration(t, outcome.CompletedAt, ruled.Outcome.CompletedAt, 0)
			require.Equal(t, outcome, ruled.Outcome, "the answer is the row")
			require.Equal(t, before.Attempts, outcome.Attempts)
			requireCountsFit(t, d)

			if c.want == store.Applied {
				require.Equal(t, "worker", outcome.Failure.Source)
				require.Equal(t, store.ReasonMessageLost, outcome.Failure.Reason)
				require.NotContains(t, j.verdicts(), "", "no attempt is left open")
			} else {
				require.Equal(t, before, outcome)
			}
		})
	}

	_, err := d.MarkLost(t.Context(), store.Overdue{JobID: "no such job"})
	require.ErrorIs(t, err, store.ErrNoJob)
}

// A job that was given up as lost goes on when its message comes after all, or it is published again.
func TestALostJobGoesOnWithItsMessage(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for id, c := range map[string]struct {
		then     func(j jobTest)
		status   store.Status
		verdicts []string
	}{
		"begun": {func(j jobTest) { j.finish("enrolled", store.StatusEnrolled) }, store.StatusEnrolled, []string{"retry", "enrolled"}},
		"begun, sealed anew": {func(j jobTest) {
			r := j.request()
			r.Job.MessageDigest = newJob("other").MessageDigest
			finish(j.tb, j.Store, result(begin(j.tb, j.Store, r), "enrolled", store.StatusEnrolled))
		}, store.StatusEnrolled, []string{"retry", "enrolled"}},
		"ended": {func(j jobTest) { j.end(store.StatusExpired) }, store.StatusExpired, []string{"retry"}},
		"other content": {func(j jobTest) {
			j.claim(store.Conflict, func(r *store.BeginRequest) { *r = withContentOf(*r, "other") })
		}, store.StatusDead, []string{"retry"}},
		"no attempts left": {func(j jobTest) {
			j.claim(store.Exhausted, func(r *store.BeginRequest) { r.MaxAttempts = 1 })
			j.end(store.StatusDead)
		}, store.StatusDead, []string{"retry"}},
		"lost again": {func(j jobTest) {
			j.retrying(time.Now().Add(-time.Hour))
			requireRuled(j.tb, store.Applied, j.lose(j.overdue()))
			j.finish("enrolled", store.StatusEnrolled)
		}, store.StatusEnrolled, []string{"retry", "retry", "enrolled"}},
		"redriven from an old letter": {func(j jobTest) {
			requireRuled(j.tb, store.Applied, j.redrive())
			j.finish("enrolled", store.StatusEnrolled)
		}, store.StatusEnrolled, []string{"retry", "enrolled"}},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}
			j.retrying(time.Now().Add(-time.Hour))
			requireRuled(t, store.Applied, j.lose(j.overdue()))

			c.then(j)

			outcome, _, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, c.status, outcome.Status)
			require.Equal(t, c.verdicts, j.verdicts())
			requireCountsFit(t, d)
		})
	}
}

// A job in doubt stays so, whatever is published, until its worker's answer comes or an operator knows.
func TestALostAttemptWaitsForTheTruth(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for id, c := range map[string]struct {
		then   func(j jobTest, claim store.Claim)
		status store.Status
	}{
		"its message comes":   {func(j jobTest, _ store.Claim) { j.claim(store.InDoubt, func(*store.BeginRequest) {}) }, store.StatusInDoubt},
		"its answer comes":    {func(j jobTest, c store.Claim) { finish(j.tb, j.Store, result(c, "enrolled", store.StatusEnrolled)) }, store.StatusEnrolled},
		"an operator settles": {func(j jobTest, _ store.Claim) { requireRuled(j.tb, store.Applied, j.resolve(store.ResolveNotEnrolled)) }, store.StatusRejected},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}
			claim := j.begin()
			j.overdueSince(time.Hour)
			requireRuled(t, store.Applied, j.lose(j.overdue()))

			c.then(j, claim)

			outcome, _, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, c.status, outcome.Status)
			requireCountsFit(t, d)
		})
	}
}

// All sweeps find the same jobs, and other calls go on: one of them ends each job.
func TestLoseFromSeveralPlaces(t *testing.T) {
	t.Parallel()

	const jobs, sweeps = 50, 4

	d := newDatabase(t, store.Options{})
	for n := range jobs {
		jobTest{database: d, tb: t, id: fmt.Sprint("job-", n)}.retrying(time.Now().Add(-time.Hour))
	}

	page, err := d.Overdue(t.Context(), time.Minute, store.Overdue{}, jobs)
	require.NoError(t, err)
	require.Len(t, page, jobs)

	other := openStore(t, d.url, store.Options{})
	acts := make([]store.ActEffect, sweeps*jobs)

	together(sweeps*jobs, func(n int) {
		ruled, err := []*store.Store{d.Store, other}[n%2].MarkLost(t.Context(), page[n/sweeps])
		if err != nil {
			t.Error(err)
		}

		acts[n] = ruled.Effect
	})

	count := map[store.ActEffect]int{}
	for _, r := range acts {
		count[r]++
	}

	require.Equal(t, map[store.ActEffect]int{store.Applied: jobs, store.Repeated: (sweeps - 1) * jobs}, count)
	requireCountsFit(t, d)
}

// overdueSince lets time pass for the job: it has stood as it stands for so long.
func (j jobTest) overdueSince(d time.Duration) {
	j.exec(j.tb, `
		UPDATE enrollments SET updated_at = now() - $2::interval, lease_until = CASE status WHEN 'in_progress' THEN now() - $2::interval END
		WHERE job_id = $1`, j.id, d)
}

// overdue is the job as Overdue returns it.
func (j jobTest) overdue() store.Overdue {
	page, err := j.Overdue(j.tb.Context(), time.Minute, store.Overdue{}, 1000)
	require.NoError(j.tb, err)

	for _, o := range page {
		if o.JobID == j.id {
			return o
		}
	}

	require.Fail(j.tb, "the job is not overdue", j.id)

	return store.Overdue{}
}

func (j jobTest) lose(o store.Overdue) store.ActResult {
	ruled, err := j.MarkLost(j.tb.Context(), o)
	require.NoError(j.tb, err)

	return ruled
}

// finishLate gives the running attempt its result.
func (j jobTest) finishLate() {
	finish(j.tb, j.Store, result(j.running(), "enrolled", store.StatusEnrolled))
}

func (j jobTest) renew() {
	lost, err := j.Renew(j.tb.Context(), []store.Lease{leaseOf(j.running())}, time.Minute)
	require.NoError(j.tb, err)
	require.Empty(j.tb, lost)
}

// running is the claim of the attempt that the row knows.
func (j jobTest) running() store.Claim {
	claim := store.Claim{Outcome: store.Outcome{JobID: j.id}}
	require.NoError(j.tb, j.sql.QueryRow(j.tb.Context(), `SELECT attempts, attempt_started_at FROM enrollments WHERE job_id = $1`, j.id).
		Scan(&claim.Attempt, &claim.StartedAt))

	return claim
}
