package enroll_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// A job whose row is purged is not enrolled again, whoever publishes it, and nothing of it is written anew. Its sender hears of
// it, in the same words each time.
func TestTheMessageOfAPurgedJobIsNotSent(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	card := sandbox.PAN(0, 1)
	job := r.seal("job", card)
	job.ExternalConsumerID = "ana"
	body, err := job.Encode()
	require.NoError(t, err)
	r.publishRaw(jobs.Subject("demo"), body)

	stop := r.start()
	require.Equal(t, "enrolled", r.outcome().Status)

	result, err := r.store.PurgeJobs(t.Context(), store.PurgeRequest{IDs: []string{"job"}, Before: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	require.EqualValues(t, 1, result.Jobs)

	other, err := r.seal("job", sandbox.PAN(0, 2)).Encode()
	require.NoError(t, err)

	for _, again := range [][]byte{body, other, []byte(`{"schema":1,"id":"job","program":"demo"}`)} {
		r.publishRaw(jobs.Subject("demo"), again)
	}

	outcome := r.outcome()
	require.Equal(t, "conflict", outcome.Status)
	require.Equal(t, "job", outcome.ID)
	require.Equal(t, "ID_PURGED", outcome.Error.Reason)
	require.Empty(t, outcome.ExternalConsumerID, "who was forgotten is not named again")
	require.Empty(t, outcome.Batch)

	r.awaitEmptyQueue()
	stop()

	events := r.publishedOn(jobs.StreamOutcomes)
	require.Len(t, events, 2, "the queue keeps one of the three")

	require.Equal(t, 1, r.sandbox.Ledger().Effects(card))
	require.Zero(t, r.sandbox.Ledger().Effects(sandbox.PAN(0, 2)))
	require.Empty(t, r.rows())
	require.Empty(t, r.letters())
	r.drained()
}
