package enroll_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// A card that was enrolled through the queue leaves through it.
func TestUnenroll(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	job := r.seal("in", sandbox.PAN(0, 1))
	job.ExternalCardID = "card-4711"
	_, err := r.publisher.Publish(t.Context(), job)
	require.NoError(t, err)

	stop := r.start()
	enrolled := r.outcome()
	require.Equal(t, "enrolled", enrolled.Status)
	require.Equal(t, jobs.Enroll, enrolled.Operation)

	for _, c := range []struct {
		job    jobs.Job
		status store.Status
		reason string
		calls  int
	}{
		{jobs.Job{ID: "by-key", ExternalCardID: "card-4711", UnenrollReason: "ACCOUNT_CLOSED"}, store.StatusUnenrolled, "", 1},
		{jobs.Job{ID: "by-id", SrcDigitalCardID: enrolled.SrcDigitalCardID}, store.StatusNotEnrolled, "NOT_FOUND", 1},
		{jobs.Job{ID: "by-other-key", ExternalCardID: "card-4712"}, store.StatusNotEnrolled, "CARD_NOT_FOUND", 0},
	} {
		c.job.Program, c.job.Operation = "demo", jobs.Unenroll
		_, err := r.publisher.Publish(t.Context(), c.job)
		require.NoError(t, err)

		outcome := r.outcome()
		require.Equal(t, c.job.ID, outcome.ID)
		require.Equal(t, string(c.status), outcome.Status)
		require.Equal(t, jobs.Unenroll, outcome.Operation)

		row := r.row(c.job.ID)
		require.Equal(t, c.status, row.Status)
		require.Equal(t, c.reason, row.Failure.Reason)
		require.Equal(t, c.calls, row.Attempts)

		if c.calls > 0 {
			require.Equal(t, enrolled.SrcDigitalCardID, row.SrcDigitalCardID)
			require.Equal(t, enrolled.SrcDigitalCardID, outcome.SrcDigitalCardID)
		}
	}

	stop()
	r.drained()
	require.Equal(t, 1, r.sandbox.Ledger().Totals().Deleted)
}
