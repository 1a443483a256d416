package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestRedrive(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	redriven := func(j jobTest) {
		j.finish("retry", store.StatusDead)
		requireRuled(j.tb, store.Applied, j.redrive())
	}

	for id, c := range map[string]struct {
		before func(jobTest)
		from   []store.Status
		want   store.ActEffect
		status store.Status
		times  int
	}{
		"dead":        {before: func(j jobTest) { j.finish("retry", store.StatusDead) }, want: store.Applied, status: store.StatusPending, times: 1},
		"in doubt":    {before: func(j jobTest) { j.finish("unknown", store.StatusInDoubt) }, want: store.Applied, status: store.StatusPending, times: 1},
		"never begun": {before: func(j jobTest) { j.end(store.StatusInvalid) }, want: store.Applied, status: store.StatusPending, times: 1},
		"rejected":    {before: func(j jobTest) { j.finish("rejected", store.StatusRejected) }, want: store.Refused, status: store.StatusRejected},
		"rejected, and asked for": {
			before: func(j jobTest) { j.finish("rejected", store.StatusRejected) }, from: []store.Status{store.StatusRejected},
			want: store.Applied, status: store.StatusPending, times: 1,
		},
		"expired, and asked for": {
			before: func(j jobTest) { j.end(store.StatusExpired) }, from: []store.Status{store.StatusDead, store.StatusExpired},
			want: store.Applied, status: store.StatusPending, times: 1,
		},
		"dead, and not asked for": {
			before: func(j jobTest) { j.finish("retry", store.StatusDead) }, from: []store.Status{store.StatusInvalid},
			want: store.Refused, status: store.StatusDead,
		},
		"enrolled":         {before: func(j jobTest) { j.finish("enrolled", store.StatusEnrolled) }, want: store.Refused, status: store.StatusEnrolled},
		"being called":     {before: func(j jobTest) { j.begin() }, want: store.Refused, status: store.StatusInProgress},
		"waits for itself": {before: func(j jobTest) { j.retrying(time.Now()) }, want: store.Refused, status: store.StatusRetrying},
		"handed back":      {before: func(j jobTest) { j.finish("halted", store.StatusPending) }, want: store.Refused, status: store.StatusPending},
		"redriven and not begun": {
			before: redriven, want: store.Repeated, status: store.StatusPending, times: 1,
		},
		"redriven and being called": {
			before: func(j jobTest) { redriven(j); j.begin() }, want: store.Refused, status: store.StatusInProgress, times: 1,
		},
		"redriven and handed back": {
			before: func(j jobTest) { redriven(j); j.finish("halted", store.StatusPending) },
			want:   store.Refused, status: store.StatusPending, times: 1,
		},
		"redriven and dead again": {
			before: func(j jobTest) { redriven(j); j.finish("retry", store.StatusDead) },
			want:   store.Applied, status: store.StatusPending, times: 2,
		},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}
			c.before(j)

			before, _, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)
			dry, err := d.Redrive(t.Context(), store.RedriveRequest{JobID: id, From: c.from, DryRun: true})
			require.NoError(t, err)
			require.Equal(t, store.ActResult{Effect: c.want, Outcome: before}, dry, "the same act, and nothing changed")

			ruled, err := d.Redrive(t.Context(), store.RedriveRequest{JobID: id, From: c.from})
			require.NoError(t, err)
			require.Equal(t, c.want, ruled.Effect)

			outcome, _, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, outcome, ruled.Outcome, "the answer is the row")
			require.Equal(t, c.status, outcome.Status)
			require.Equal(t, c.times, outcome.Redriven)
			require.Equal(t, before.Attempts, outcome.Attempts)
			require.Len(t, j.verdicts(), outcome.Attempts)
			requireCountsFit(t, d)
		})
	}
}

// A job that has used up its attempts and its age gets both anew; its attempts' numbers go on.
func TestARedrivenJobStartsAnew(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	j := jobTest{database: d, tb: t, id: "job"}

	for range 2 {
		j.retrying(time.Now())
	}

	last := j.begin()

	finish(t, d.Store, result(last, "retry", store.StatusDead))
	requireRuled(t, store.Applied, j.redrive())

	claim := j.begin()
	require.Equal(t, 4, claim.Attempt)
	require.Equal(t, 1, claim.Charged)
	require.Equal(t, last.FirstSeenAt, claim.FirstSeenAt)
	require.True(t, value[bool](t, d, `SELECT redriven_at > $1 FROM enrollments`, last.StartedAt), "its age counts anew")
	require.Equal(t, 1, claim.Outcome.Redriven)

	late := result(last, "enrolled", store.StatusEnrolled)
	_, err := d.Finish(t.Context(), late)
	require.NoError(t, err)
	finish(t, d.Store, result(claim, "already_enrolled", store.StatusAlreadyEnrolled))
	require.Equal(t, []string{"retry", "retry", "retry", "already_enrolled"}, j.verdicts(), "the first result of an attempt stands")
}

func TestRedriveRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	_, err := d.Redrive(t.Context(), store.RedriveRequest{JobID: "job"})
	require.ErrorIs(t, err, store.ErrNoJob)
	require.False(t, store.Retryable(err))

	for _, status := range []store.Status{store.StatusEnrolled, store.StatusInProgress, store.StatusConflict, "odd"} {
		_, err := d.Redrive(t.Context(), store.RedriveRequest{JobID: "job", From: []store.Status{status}})
		require.ErrorIs(t, err, store.ErrRequest, status)
	}
}

// Several operators have the same jobs tried again at once: each job once.
func TestRedriveFromSeveralPlaces(t *testing.T) {
	t.Parallel()

	const jobs, operators = 50, 4

	d := newDatabase(t, store.Options{})
	for n := range jobs {
		jobTest{database: d, tb: t, id: fmt.Sprint("job-", n)}.end(store.StatusInvalid)
	}

	other := openStore(t, d.url, store.Options{})

	together(operators*jobs, func(n int) {
		s := []*store.Store{d.Store, other}[n%2]
		if _, err := s.Redrive(t.Context(), store.RedriveRequest{JobID: fmt.Sprint("job-", n/operators)}); err != nil {
			t.Error(err)
		}
	})

	require.EqualValues(t, jobs, value[int64](t, d, `SELECT count(*) FROM enrollments WHERE status = 'pending' AND redriven = 1`))
	requireCountsFit(t, d)
}

func (j jobTest) redrive() store.ActResult {
	ruled, err := j.Redrive(j.tb.Context(), store.RedriveRequest{JobID: j.id})
	require.NoError(j.tb, err)

	return ruled
}

func requireRuled(tb testing.TB, want store.ActEffect, ruled store.ActResult) {
	tb.Helper()
	require.Equal(tb, want, ruled.Effect)
}

// A job that could not be opened leaves no card in its row. When it can be, the row gets it.
func TestARowLearnsItsCardWhenTheSealIsOpened(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	j := jobTest{database: d, tb: t, id: "job"}

	sealed := newUnenrollJob("job") // which has no card either
	sealed.Operation = store.OperationEnroll
	_, err := d.End(t.Context(), store.EndRequest{Job: sealed, Status: store.StatusInvalid})
	require.NoError(t, err)
	requireRuled(t, store.Applied, j.redrive())
	finish(t, d.Store, result(j.begin(), "enrolled", store.StatusEnrolled))

	opened := newJob("job")
	require.True(t, value[bool](t, d, `
		SELECT pan_first6 = $1 AND pan_last4 = $2 AND pan_hmac = $3 AND pan_hmac_kid = $4 AND content_hmac = $5 FROM enrollments`,
		opened.PANFirst6, opened.PANLast4, opened.PANHMAC, opened.PANHMACKid, opened.ContentHMACs[0]))
}
