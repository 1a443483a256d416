package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestResolve(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	inDoubt := func(j jobTest) { j.finish("unknown", store.StatusInDoubt) }
	resolved := func(as store.Resolution) func(jobTest) {
		return func(j jobTest) {
			inDoubt(j)
			requireRuled(j.tb, store.Applied, j.resolve(as))
		}
	}

	for id, c := range map[string]struct {
		before func(jobTest)
		as     store.Resolution
		want   store.ActEffect
		status store.Status
	}{
		"it was enrolled":              {inDoubt, store.ResolveEnrolled, store.Applied, store.StatusEnrolled},
		"it was not enrolled":          {inDoubt, store.ResolveNotEnrolled, store.Applied, store.StatusRejected},
		"it is sent again":             {inDoubt, store.ResolveResend, store.Applied, store.StatusPending},
		"taken out, it is still there": {outInDoubt, store.ResolveEnrolled, store.Applied, store.StatusRejected},
		"taken out, it is gone":        {outInDoubt, store.ResolveNotEnrolled, store.Applied, store.StatusUnenrolled},
		"the same again":               {resolved(store.ResolveEnrolled), store.ResolveEnrolled, store.Repeated, store.StatusEnrolled},
		"sent again twice":             {resolved(store.ResolveResend), store.ResolveResend, store.Repeated, store.StatusPending},
		"the other way then":           {resolved(store.ResolveEnrolled), store.ResolveNotEnrolled, store.Refused, store.StatusEnrolled},
		"settled, then to be sent":     {resolved(store.ResolveEnrolled), store.ResolveResend, store.Refused, store.StatusEnrolled},
		"enrolled by the API": {
			func(j jobTest) { j.finish("enrolled", store.StatusEnrolled) }, store.ResolveEnrolled, store.Refused, store.StatusEnrolled,
		},
		"dead": {
			func(j jobTest) { j.finish("retry", store.StatusDead) }, store.ResolveResend, store.Refused, store.StatusDead,
		},
		"being called": {func(j jobTest) { j.begin() }, store.ResolveEnrolled, store.Refused, store.StatusInProgress},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}
			c.before(j)

			ruled := j.resolve(c.as)
			requireRuled(t, c.want, ruled)
			require.Equal(t, c.status, ruled.Outcome.Status)

			outcome, _, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)
			require.WithinDuration(t, outcome.CompletedAt, ruled.Outcome.CompletedAt, 0)
			require.Equal(t, outcome, ruled.Outcome, "the answer is the row")
			requireCountsFit(t, d)

			if c.want == store.Applied && c.as != store.ResolveResend {
				require.Equal(t, store.Failure{Source: "operator", Reason: "RESOLVED", Message: "ana: seen in the portal, ************4784"},
					outcome.Failure)
			}
		})
	}
}

func TestResolveRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	_, err := d.Resolve(t.Context(), store.ResolveRequest{JobID: "job", As: "perhaps"})
	require.ErrorIs(t, err, store.ErrRequest)

	for _, as := range []store.Resolution{store.ResolveEnrolled, store.ResolveNotEnrolled, store.ResolveResend} {
		_, err := d.Resolve(t.Context(), store.ResolveRequest{JobID: "job", As: as})
		require.ErrorIs(t, err, store.ErrNoJob)
	}
}

// An answer that comes after the operator's word is kept with its attempt and changes nothing.
func TestTheTruthComesAfterTheOperatorsWord(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	j := jobTest{database: d, tb: t, id: "job"}
	claim := j.deadLease()
	j.claim(store.InDoubt, func(r *store.BeginRequest) { r.HoldUnknown = true })
	requireRuled(t, store.Applied, j.resolve(store.ResolveNotEnrolled))

	finished, err := d.Finish(t.Context(), result(claim, "enrolled", store.StatusEnrolled))
	require.NoError(t, err)
	require.Equal(t, store.Fenced, finished.Finished)
	require.Equal(t, []string{"enrolled"}, j.verdicts())

	outcome, _, err := d.Outcome(t.Context(), "job")
	require.NoError(t, err)
	require.Equal(t, store.StatusRejected, outcome.Status)
}

// outInDoubt leaves a job in doubt that takes a card out.
func outInDoubt(j jobTest) {
	r := j.request()
	r.Job = newUnenrollJob(j.id)
	finish(j.tb, j.Store, result(begin(j.tb, j.Store, r), "unknown", store.StatusInDoubt))
}

func (j jobTest) resolve(as store.Resolution) store.ActResult {
	// A number in a note is masked like any other foreign text.
	ruled, err := j.Resolve(j.tb.Context(), store.ResolveRequest{
		JobID: j.id, As: as, By: "ana", Note: "seen in the portal, 5204731600014784",
	})
	require.NoError(j.tb, err)

	return ruled
}
