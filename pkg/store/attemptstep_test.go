package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// mixed calls Begin for new jobs and Finish for claimed ones, all at once, and returns the claims and what Finish said.
func mixed(t *testing.T, s *store.Store, news []string, claimed []string, claims []store.Claim) (
	[]store.Claim, []store.FinishResult, []error,
) {
	t.Helper()

	var (
		begun    = make([]store.Claim, len(news))
		finished = make([]store.FinishResult, len(claimed))
		errs     = make([]error, len(news)+len(claimed))
	)

	together(len(errs), func(i int) {
		if i < len(news) {
			begun[i], errs[i] = s.Begin(t.Context(), beginRequest(news[i]))
			return
		}

		j := i - len(news)
		finished[j], errs[i] = s.Finish(t.Context(), store.FinishRequest{
			JobID: claimed[j], Attempt: claims[j].Attempt, StartedAt: claims[j].StartedAt, Verdict: "enrolled", Status: store.StatusEnrolled,
		})
	})

	return begun, finished, errs
}

func TestBeginningsAndResultsAreCommittedTogether(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, onceFull(4))
	first := []string{"a", "b", "c", "d"}
	claims := beginAll(t, d.Store, first...)

	begun, finished, errs := mixed(t, d.Store, []string{"e", "f"}, first[:2], claims)
	require.NoError(t, errors.Join(errs...))

	for i := range 2 {
		require.Equal(t, store.Begun, begun[i].Decision)
		require.Equal(t, store.Recorded, finished[i].Finished)
		require.Equal(t, first[i], finished[i].Outcome.JobID)
		require.Equal(t, begun[0].StartedAt, finished[i].Outcome.CompletedAt, "the time of one transaction")
	}
}

// A result of a job that never began fails alone, beside jobs that begin in the same transaction.
func TestAResultThatFailsLeavesBeginningsBesideItAlone(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, onceFull(3))

	begun, _, errs := mixed(t, d.Store, []string{"a", "b"}, []string{"nobody"}, []store.Claim{{Attempt: 1, StartedAt: time.Now()}})
	require.NoError(t, errors.Join(errs[:2]...))
	require.ErrorIs(t, errs[2], store.ErrNotBegun)

	for _, claim := range begun {
		require.Equal(t, store.Begun, claim.Decision)
	}
}
