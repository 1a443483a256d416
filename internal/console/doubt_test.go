package console_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func (r *rig) doubtful(ids ...string) {
	r.t.Helper()

	for _, id := range ids {
		r.finish(r.begin(id), "unknown", store.StatusInDoubt, store.Failure{Reason: "TIMEOUT", Message: markup})
	}
}

func TestJobsInDoubtAreResolved(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b := r.as("ana")
	require.Contains(t, b.page("/doubt"), "No job is in doubt.")

	r.doubtful("one", "two", "three")
	page := b.becomes("/doubt", "three")
	require.Contains(t, page, "520473******4784")
	require.NotContains(t, r.as("bob").page("/doubt"), "checkbox")

	page = b.act("/doubt/resolve", "job", "one", "job", "two", "as", "enrolled", "why", "asked the issuer")
	require.Contains(t, page, "2 of 2 jobs resolved as enrolled.")
	require.NotContains(t, page, ">one<")
	require.Contains(t, page, ">three<")

	kept := r.acts()
	require.Len(t, kept, 2, "each has its line")
	require.Equal(t, "job two as enrolled", kept[0].Scope)
	require.Equal(t, "asked the issuer", kept[0].Why)

	row, _, err := r.ledger.Outcome(t.Context(), "one")
	require.NoError(t, err)
	require.Equal(t, store.StatusEnrolled, row.Status)

	page = b.act("/doubt/resolve", "job", "one", "job", "no-such", "job", "<b>", "as", "not_enrolled", "why", "looked it up")
	require.Contains(t, page, "0 of 3 jobs resolved as not enrolled. job one is not in doubt, it is enrolled.")
	require.Equal(t, store.ActRefused, r.acts()[0].Status)

	for name, form := range map[string][]string{
		"no job": {"as", "enrolled", "why", "x"}, "no word": {"job", "three", "why", "x"}, "no reason": {"job", "three", "as", "enrolled"},
		"an odd word": {"job", "three", "as", "dead", "why", "x"},
	} {
		status, _, _ := b.submit("/doubt/resolve", form...)
		require.Equal(t, http.StatusUnprocessableEntity, status, name)
	}
}
