package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// requireCountsFit compares both rollups with what a count over the rows says.
func requireCountsFit(t *testing.T, d *database) {
	t.Helper()

	for _, c := range []struct{ table, owner string }{{"batch_counts", "batch_id"}, {"program_counts", "program"}} {
		wrong := value[[]string](t, d, `
			WITH rows AS (
				SELECT `+c.owner+` AS owner, status, coalesce(error_reason, '') AS reason, coalesce(error_detail, '') AS detail
				FROM enrollments
			), counted AS (
				SELECT owner, status, reason, detail, count(*) AS n FROM rows WHERE owner IS NOT NULL GROUP BY 1, 2, 3, 4
			), kept AS (
				SELECT `+c.owner+` AS owner, status, reason, detail, sum(count) AS n FROM `+c.table+`
				GROUP BY 1, 2, 3, 4 HAVING sum(count) <> 0
			)
			SELECT coalesce(array_agg(format('%s/%s/%s/%s counted %s kept %s', owner, status, reason, detail, c.n, k.n)), '{}')
			FROM counted c FULL JOIN kept k USING (owner, status, reason, detail) WHERE c.n IS DISTINCT FROM k.n`)
		require.Empty(t, wrong, c.table)
	}
}

// Two thousand jobs live through a random history, in two stores at once, with
// every way a job can go; afterwards the rollups must be what a count would be.
func TestCountsAfterARandomHistory(t *testing.T) {
	t.Parallel()

	const (
		jobs, workers = 2000, 16
		seed          = 20261123
	)

	d := newDatabase(t, store.Options{})
	stores := []*store.Store{d.Store, openStore(t, d.url, store.Options{Shards: 3})}
	work := make(chan int)

	go func() {
		defer close(work)

		// Each job is offered several times, far enough apart to meet its own retries and conflicts.
		random := rand.New(rand.NewPCG(seed, 0))
		for range 3 {
			for _, n := range random.Perm(jobs) {
				work <- n
			}
		}
	}()

	together(workers, func(w int) {
		h := history{
			database: &database{Store: stores[w%len(stores)], url: d.url, sql: d.sql},
			random:   rand.New(rand.NewPCG(seed, uint64(w)+1)),
		}

		for n := range work {
			if err := h.step(t.Context(), n); err != nil {
				t.Error(n, err)
			}
		}
	})

	requireCountsFit(t, d)
	require.Zero(t, value[int64](t, d, `
		SELECT count(*) FROM enrollments e
		WHERE attempts <> (SELECT count(*) FROM attempts a WHERE a.job_id = e.job_id)`), "every call begun has its row")
	require.Zero(t, value[int64](t, d, `
		SELECT count(*) FROM attempts a JOIN enrollments e USING (job_id)
		WHERE a.finished_at IS NULL AND NOT (e.status = 'in_progress' AND e.attempts = a.attempt)`),
		"only the running attempt of a job has no result")

	for _, status := range []store.Status{store.StatusEnrolled, store.StatusRetrying, store.StatusPending, store.StatusInDoubt,
		store.StatusDead, store.StatusInvalid, store.StatusInProgress, store.StatusUnenrolled, store.StatusNotEnrolled} {
		require.NotZero(t, value[int64](t, d, `SELECT coalesce(sum(count), 0)::bigint FROM program_counts WHERE status = $1`, status),
			"the history has no %s", status)
	}
}

// history walks jobs through random steps.
type history struct {
	*database

	random *rand.Rand
}

func (h history) step(ctx context.Context, n int) error {
	r := beginRequest(fmt.Sprintf("job-%04d", n))
	r.Job.Program = [...]string{"acme", "globex"}[n%2]
	r.Job.BatchID = [...]string{"b1", "b2", "b3", ""}[n%4]
	r.MaxAttempts, r.HoldUnknown = 2, n%5 == 0

	if n%7 == 0 {
		r.Job.Operation = store.OperationUnenroll
	}

	if h.random.IntN(4) == 0 {
		r.Lease = time.Microsecond
	}

	switch h.random.IntN(12) {
	case 0:
		r = withContentOf(r, fmt.Sprint("other ", h.random.IntN(3)))
	case 1:
		_, err := h.End(ctx, store.EndRequest{Job: r.Job, Status: store.StatusInvalid, Failure: store.Failure{Reason: "FIELD"}})
		return err
	}

	claim, err := h.Begin(ctx, r)
	if err != nil {
		return err
	}

	switch claim.Decision {
	case store.Exhausted:
		_, err = h.End(ctx, store.EndRequest{Job: r.Job, Status: store.StatusDead, Failure: store.Failure{Reason: "ATTEMPTS"}})
	case store.Final, store.InDoubt:
		if h.random.IntN(3) == 0 { // an operator
			_, err = h.Redrive(ctx, store.RedriveRequest{JobID: r.Job.ID})
		}
	case store.Begun:
		if h.random.IntN(6) > 0 { // else the worker dies
			err = h.finish(ctx, claim)
		}
	default:
	}

	return err
}

func (h history) finish(ctx context.Context, claim store.Claim) error {
	verdicts := []store.FinishRequest{
		{Verdict: "enrolled", Status: store.StatusEnrolled, HTTPStatus: 200},
		{Verdict: "rejected", Status: store.StatusRejected, Failure: store.Failure{Reason: "INVALID_STATE", Detail: "PAN_INELIGIBLE"}},
		{Verdict: "retry", Status: store.StatusRetrying, Failure: store.Failure{Reason: "UNAVAILABLE"}},
		{Verdict: "retry", Status: store.StatusRetrying, RetryAfter: time.Hour},
		{Verdict: "throttled", Status: store.StatusRetrying, Refund: true},
		{Verdict: "halted", Status: store.StatusPending, Refund: true},
		{Verdict: "unknown", Status: store.StatusInDoubt, Failure: store.Failure{Reason: "TIMEOUT"}},
	}

	if claim.Outcome.Operation == store.OperationUnenroll {
		verdicts[0] = store.FinishRequest{Verdict: "unenrolled", Status: store.StatusUnenrolled, HTTPStatus: 200}
		verdicts[1] = store.FinishRequest{Verdict: "not_enrolled", Status: store.StatusNotEnrolled, HTTPStatus: 404}
	}

	r := verdicts[h.random.IntN(len(verdicts))]
	r.JobID, r.Attempt, r.StartedAt = claim.Outcome.JobID, claim.Attempt, claim.StartedAt

	for range 1 + h.random.IntN(2) { // sometimes its answer is lost
		if _, err := h.Finish(ctx, r); err != nil {
			return err
		}
	}

	return nil
}

// Free text in a code's place must not make a line of its own for each job.
func TestFreeTextCountsAsOther(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for i := range 20 {
		_, err := d.End(t.Context(), store.EndRequest{
			Job: newJob(fmt.Sprint("job-", i)), Status: store.StatusInvalid,
			Failure: store.Failure{Reason: "INVALID_DATA_FOR_VER_TYPE-21", Detail: fmt.Sprint("row ", i, " is odd")},
		})
		require.NoError(t, err)
	}

	codes, err := d.OutcomeCodes(t.Context(), "acme")
	require.NoError(t, err)
	require.Len(t, codes, 1)
	require.EqualValues(t, 20, codes[0].Count)
	require.Equal(t, "OTHER", codes[0].Detail)
	require.Equal(t, "INVALID_DATA_FOR_VER_TYPE-21", codes[0].Reason)
}
