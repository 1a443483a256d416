package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestEnd(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	type want struct {
		decision store.Decision
		status   store.Status
		reason   string
		verdicts []string
	}

	for id, c := range map[string]struct {
		before  func(jobTest)
		request func(*store.EndRequest)
		want    want
	}{
		"a new job": {
			want: want{store.Ended, store.StatusInvalid, "FIELD", []string{}},
		},
		"waiting for a retry": {
			before: func(j jobTest) { j.retrying(time.Now().Add(time.Hour)) },
			want:   want{store.Ended, store.StatusInvalid, "FIELD", []string{"retry"}},
		},
		"handed back": {
			before: func(j jobTest) {
				j.finish("", store.StatusPending)
			},
			want: want{store.Ended, store.StatusInvalid, "FIELD", []string{""}},
		},
		"an attempt is running": {
			before: func(j jobTest) { j.begin() },
			want:   want{store.Held, store.StatusInProgress, "", []string{""}},
		},
		"a lease ran out": {
			before: func(j jobTest) { j.deadLease() },
			want:   want{store.Ended, store.StatusInDoubt, "FIELD", []string{"unknown"}},
		},
		"out of attempts": {
			before: func(j jobTest) {
				j.deadLease()
				j.claim(store.Exhausted, func(r *store.BeginRequest) { r.MaxAttempts = 1 })
			},
			request: func(r *store.EndRequest) { r.Status, r.Failure.Reason = store.StatusDead, "ATTEMPTS" },
			want:    want{store.Ended, store.StatusInDoubt, "ATTEMPTS", []string{"unknown"}},
		},
		"out of attempts that were all answered": {
			before:  func(j jobTest) { j.retrying(time.Now().Add(-time.Minute)) },
			request: func(r *store.EndRequest) { r.Status, r.Failure.Reason = store.StatusDead, "ATTEMPTS" },
			want:    want{store.Ended, store.StatusDead, "ATTEMPTS", []string{"retry"}},
		},
		"expired after an attempt that may have been processed": {
			before:  func(j jobTest) { j.finish("unknown", store.StatusRetrying) },
			request: func(r *store.EndRequest) { r.Status, r.Failure.Reason = store.StatusExpired, "NOT_AFTER" },
			want:    want{store.Ended, store.StatusInDoubt, "NOT_AFTER", []string{"unknown"}},
		},
		"unenrolling a card that was never enrolled": {
			request: func(r *store.EndRequest) {
				r.Job, r.Status, r.Failure.Reason = newUnenrollJob(r.Job.ID), store.StatusNotEnrolled, "CARD_NOT_FOUND"
			},
			want: want{store.Ended, store.StatusNotEnrolled, "CARD_NOT_FOUND", []string{}},
		},
		"unenrolling under an id that enrolled": {
			before: func(j jobTest) {
				j.finish("enrolled", store.StatusEnrolled)
			},
			request: func(r *store.EndRequest) { r.Job = newUnenrollJob(r.Job.ID) },
			want:    want{store.Conflict, store.StatusEnrolled, "", []string{"enrolled"}},
		},
		"final": {
			before: func(j jobTest) {
				j.finish("enrolled", store.StatusEnrolled)
			},
			want: want{store.Final, store.StatusEnrolled, "", []string{"enrolled"}},
		},
		"ended before": {
			before: func(j jobTest) { j.end(store.StatusExpired) },
			want:   want{store.Final, store.StatusExpired, "", []string{}},
		},
		"in doubt": {
			before: func(j jobTest) {
				j.finish("unknown", store.StatusInDoubt)
			},
			want: want{store.InDoubt, store.StatusInDoubt, "", []string{"unknown"}},
		},
		"of no program": {
			request: func(r *store.EndRequest) { r.Job.Program = "" },
			want:    want{store.Ended, store.StatusInvalid, "FIELD", []string{}},
		},
		"other content": {
			before:  func(j jobTest) { j.begin() },
			request: func(r *store.EndRequest) { r.Job = withContentOf(beginRequest(r.Job.ID), "another").Job },
			want:    want{store.Conflict, store.StatusInProgress, "", []string{""}},
		},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}

			if c.before != nil {
				c.before(j)
			}

			r := store.EndRequest{
				Job: newJob(id), Status: store.StatusInvalid, TraceID: "t",
				Failure: store.Failure{Source: "worker", Reason: "FIELD", Field: "card.panExpirationYear"},
			}
			if c.request != nil {
				c.request(&r)
			}

			claim, err := d.End(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, c.want, want{claim.Decision, claim.Outcome.Status, claim.Outcome.Failure.Reason, j.verdicts()})

			outcome, _, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, outcome, claim.Outcome, "the claim is the row")
		})
	}
}

func TestEndRefusesAStatusThatIsNotFinal(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	_, err := d.End(t.Context(), store.EndRequest{Job: newJob("j"), Status: store.StatusRetrying})
	require.ErrorIs(t, err, store.ErrRequest)

	_, ok, err := d.Outcome(t.Context(), "j")
	require.NoError(t, err)
	require.False(t, ok)
}
