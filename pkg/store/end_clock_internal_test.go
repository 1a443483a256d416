package store

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A job that is to end ends whatever Postgres' clock says of its age: after the clock was set back the row is from the future, and
// the job younger than none.
func TestAJobEndsAfterTheClockWasSetBack(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

	for _, back := range []time.Duration{0, time.Millisecond, 2 * time.Second, 2 * time.Hour} {
		for _, status := range []Status{StatusDead, StatusExpired, StatusCanceled, StatusInvalid, StatusNotEnrolled} {
			t.Run(string(status)+" "+back.String(), func(t *testing.T) {
				t.Parallel()

				digest := make([]byte, sha256.Size)
				row := record{messageDigest: digest}
				row.JobID, row.Operation, row.Status = "a", OperationEnroll, StatusRetrying
				row.FirstSeenAt, row.UpdatedAt, row.Attempts = now.Add(back), now.Add(back), 3

				request := EndRequest{Job: Job{ID: "a", Operation: OperationEnroll, MessageDigest: digest}, Status: status}
				done := decideEnd(existingRow{record: row, canceled: status == StatusCanceled}, request, now)

				require.Equal(t, Ended, done.decision)
				require.Equal(t, status, done.after.Status)
				require.Equal(t, now, done.after.CompletedAt)
			})
		}
	}
}
