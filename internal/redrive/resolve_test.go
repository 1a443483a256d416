package redrive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// The answers of three calls were lost, and their program waits for an operator.
func TestResolve(t *testing.T) {
	t.Parallel()

	const answerLostOnce = 70

	r := newRig(t)
	r.startAPI()
	r.work()

	for i, id := range []string{"in", "out", "again"} {
		r.publish(jobs.Job{ID: id, Program: "held"}, sandbox.PAN(answerLostOnce, i))
		r.letter(i + 1)
		require.Equal(t, store.StatusInDoubt, r.row(id).Status)
	}

	require.Zero(t, r.run(redrive.Options{}).Selected, "jobs in doubt are not sent again unless that is asked for")

	resolve := func(id string, as store.Resolution) (store.Outcome, error) {
		return redrive.Resolve(t.Context(), r.js, r.store, store.ResolveRequest{JobID: id, As: as, By: "ana", Note: "asked the bank"})
	}

	outcome, err := resolve("in", store.ResolveEnrolled)
	require.NoError(t, err)
	require.Equal(t, r.row("in"), outcome)
	require.Equal(t, &jobs.Failure{Source: "operator", Reason: "RESOLVED", Message: "ana: asked the bank"},
		r.outcome("in", store.StatusEnrolled).Error)

	_, err = resolve("out", store.ResolveNotEnrolled)
	require.NoError(t, err)
	r.outcome("out", store.StatusRejected)

	outcome, err = resolve("again", store.ResolveResend)
	require.NoError(t, err)
	require.Equal(t, 1, outcome.Redriven)
	require.Equal(t, 2, r.outcome("again", store.StatusEnrolled).Attempts)
	require.Equal(t, 2, r.sandbox.Ledger().Effects(sandbox.PAN(answerLostOnce, 2)), "what resend means")

	// The same word again announces again, which the queue knows; another word is refused.
	_, err = resolve("in", store.ResolveEnrolled)
	require.NoError(t, err)

	for _, c := range []struct {
		id string
		as store.Resolution
	}{{"in", store.ResolveNotEnrolled}, {"in", store.ResolveResend}, {"again", store.ResolveResend}} {
		_, err = resolve(c.id, c.as)
		require.EqualError(t, err, "job "+c.id+" is not in doubt, it is enrolled")
	}

	require.Empty(t, r.outcomes)
}

func TestResolveFinishesWhatWasInterrupted(t *testing.T) {
	t.Parallel()

	for _, as := range []store.Resolution{store.ResolveEnrolled, store.ResolveResend} {
		t.Run(string(as), func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.addDeadLetter(r.dead("job"))
			r.makeInDoubt("job")

			request := store.ResolveRequest{JobID: "job", As: as}

			_, err := redrive.Resolve(t.Context(), &failingJetStream{JetStream: r.js}, r.store, request)
			require.ErrorIs(t, err, errCutOff)

			_, err = redrive.Resolve(t.Context(), r.js, r.store, request)
			require.NoError(t, err)

			if as == store.ResolveEnrolled {
				r.outcome("job", store.StatusEnrolled)
			} else {
				require.Equal(t, []string{"job/redrive/2"}, r.queued())
			}
		})
	}
}

func TestResolveSaysWhyItCannot(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.end(r.dead("j"))

	for _, as := range []store.Resolution{store.ResolveEnrolled, store.ResolveNotEnrolled, store.ResolveResend} {
		_, err := redrive.Resolve(t.Context(), r.js, r.store, store.ResolveRequest{JobID: "nobody", As: as})
		require.ErrorIs(t, err, store.ErrNoJob)

		_, err = redrive.Resolve(t.Context(), r.js, r.store, store.ResolveRequest{JobID: "j", As: as})
		require.EqualError(t, err, "job j is not in doubt, it is dead")
	}

	r.makeRowInDoubt("j")

	_, err := redrive.Resolve(t.Context(), r.js, r.store, store.ResolveRequest{JobID: "j", As: store.ResolveResend})
	require.ErrorContains(t, err, "there is no dead letter of job j, so it cannot be sent")
	require.Equal(t, store.StatusInDoubt, r.row("j").Status)
}
