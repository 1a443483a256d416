package redrive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Workers would end them as canceled, which is no way to bring a job back to work.
func TestJobsOfCanceledBatchesStayWhereTheyAre(t *testing.T) {
	t.Parallel()

	r := newRig(t)

	for id, batch := range map[string]string{"a": "stopped", "b": "stopped", "c": "good", "d": ""} {
		r.bury(r.dead(id, func(l *jobs.DeadLetter) { l.Job.Batch = batch }))
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
