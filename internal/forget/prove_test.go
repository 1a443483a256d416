package forget_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/forget"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

func TestAProofSaysWhatIsLeft(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.many()

	proof, err := forget.Prove(t.Context(), r.js, r.store)
	require.NoError(t, err)
	require.Len(t, proof.Programs, 2)

	gold := proof.Programs[0]
	require.Equal(t, "gold", gold.Program)
	require.WithinDuration(t, ago(105*day), gold.OldestRow, day)
	require.EqualValues(t, 1, gold.NotEnded)
	require.False(t, gold.OldestLetter.IsZero())
	require.False(t, gold.OldestEvent.IsZero())
	require.True(t, proof.Programs[1].OldestLetter.IsZero(), "silver has none")
	require.True(t, proof.Older(ago(30*day)))
	require.False(t, proof.OldestAttempts.IsZero())

	r.purge(store.EndedScope{Before: ago(30 * day)})

	proof, err = forget.Prove(t.Context(), r.js, r.store, "gold")
	require.NoError(t, err)
	require.Len(t, proof.Programs, 1)
	require.False(t, proof.Older(ago(30*day)))
}

// A consumer whose job waits is found in the queue as well, whatever their key is made of.
func TestASearchLooksIntoEveryStream(t *testing.T) {
	t.Parallel()

	const consumer = `a"n\a/é`

	r := newRig(t)
	publish := func(subject, body string) {
		_, err := r.js.Publish(t.Context(), subject, []byte(body))
		require.NoError(t, err)
	}

	for _, subject := range []string{jobs.Subject("gold"), jobs.DueSubject("gold"), jobs.DeadSubject("gold", "x"), jobs.OutcomeSubject("gold", "dead")} {
		publish(subject, `{"external_consumer_id":"a\"n\\a/é"}`)
		publish(subject, `{"external_consumer_id":"xa\"n\\a/é"}`)
		publish(subject, `{"external_consumer_id":"other"}`)
	}

	found, err := forget.Search(t.Context(), r.js, r.store, consumer, told)
	require.NoError(t, err)
	require.Equal(t, []forget.Finding{
		{"stream ENROLL_JOBS", 1}, {"stream ENROLL_RETRY", 1}, {"stream ENROLL_DEAD", 1}, {"stream ENROLL_OUTCOMES", 1},
	}, found)
}
