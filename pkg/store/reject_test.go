package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestRejectsAreKeptOnce(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	fault := func(code string) store.Fault { return store.Fault{Field: "pan", Code: code, Reason: "is wrong"} }
	row := func(n int64, faults ...store.Fault) store.Reject {
		return store.Reject{Row: n, Line: n + 1, Faults: faults}
	}

	require.NoError(t, d.SaveRejects(t.Context(), "b", nil))
	require.NoError(t, d.SaveRejects(t.Context(), "b", []store.Reject{row(7, fault("A"), fault("B")), row(3, fault("C"))}))
	require.NoError(t, d.SaveRejects(t.Context(), "other", []store.Reject{row(3, fault("D"))}))
	require.NoError(t, d.SaveRejects(t.Context(), "b", []store.Reject{row(7, fault("E")), row(9, store.Fault{Code: "F"})}), "again")

	for name, c := range map[string]struct {
		first, last int64
		want        []store.Reject
	}{
		"all of them, in order": {1, 100, []store.Reject{row(3, fault("C")), row(7, fault("E")), row(9, store.Fault{Code: "F"})}},
		"a page":                {4, 7, []store.Reject{row(7, fault("E"))}},
		"none":                  {10, 20, nil},
	} {
		rejects, err := d.Rejects(t.Context(), "b", c.first, c.last)
		require.NoError(t, err, name)
		require.Equal(t, c.want, rejects, name)
	}
}

func TestRejectsHoldNoCardNumber(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	require.NoError(t, d.SaveRejects(t.Context(), "b", []store.Reject{{Row: 1, Faults: []store.Fault{
		{Field: "5204731600014784", Code: "5204731600014784", Reason: "5204-7316-0001-4784 \x00 " + strings.Repeat("x", 3000)},
	}}}))

	rejects, err := d.Rejects(t.Context(), "b", 1, 1)
	require.NoError(t, err)
	require.Equal(t, "************4784", rejects[0].Faults[0].Field)
	require.Equal(t, "************4784", rejects[0].Faults[0].Code)
	require.Contains(t, rejects[0].Faults[0].Reason, "****-****-****-4784 \uFFFD x")
	require.Len(t, []rune(rejects[0].Faults[0].Reason), 2000)

	require.Error(t, d.SaveRejects(t.Context(), "b", []store.Reject{{Row: 0, Faults: []store.Fault{{Code: "A"}}}}))
}
