package redrive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Workers would end them as canceled, which is no way to bring a job back to work.
func TestJobsOfCanceledBatchesStayWhereTheyAre(t *testing.T) {
	t.Parallel()

	r := newRig(t)

	for id, batch := range map[string]string{"a": "stopped", "b": "stopped", "c": "good", "d": ""} {
		r.addDeadLetter(r.dead(id, func(l *jobs.DeadLetter) { l.Job.Batch = batch }))
	}

	_, err := r.store.CancelBatch(t.Context(), "stopped", "ana", "wrong file")
	require.NoError(t, err)

	for _, dryRun := range []bool{true, false} {
		account := r.run(redrive.Options{DryRun: dryRun})
		require.Equal(t, 2, account.Redriven)
		require.Equal(t, map[string]int{redrive.SkippedCanceled: 2}, account.Skipped)
	}

	require.Equal(t, store.StatusDead, r.row("a").Status)
}

// A job in doubt of a canceled batch is settled by what is known of the card, and not by sending it again.
func TestAJobOfACanceledBatchIsNotResent(t *testing.T) {
	t.Parallel()

	const answerLostOnce = 70

	r := newRig(t)
	r.startAPI()
	stop := r.work()
	r.publish(jobs.Job{ID: "doubtful", Program: "held", Batch: "b1"}, sandbox.PAN(answerLostOnce, 1))
	r.letter(1)
	stop()

	_, err := r.store.CancelBatch(t.Context(), "b1", "ana", "wrong file")
	require.NoError(t, err)

	_, err = redrive.Resolve(t.Context(), r.js, r.store, store.ResolveRequest{JobID: "doubtful", As: store.ResolveResend})
	require.ErrorContains(t, err, "the batch b1 of job doubtful is canceled")
	require.Equal(t, store.StatusInDoubt, r.row("doubtful").Status)
	require.Empty(t, r.queued())

	_, err = redrive.Resolve(t.Context(), r.js, r.store, store.ResolveRequest{JobID: "doubtful", As: store.ResolveNotEnrolled})
	require.NoError(t, err)
	r.outcome("doubtful", store.StatusRejected)
}
