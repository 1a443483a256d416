package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestLinesOfRows(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	one, two, three := store.LineRun{Row: 1, Line: 2, Step: 1}, store.LineRun{Row: 10, Line: 12, Step: 2}, store.LineRun{Row: 20, Line: 40, Step: 1}

	require.NoError(t, d.SaveLines(t.Context(), "b", nil))
	require.NoError(t, d.SaveLines(t.Context(), "b", []store.LineRun{one, {Row: 7, Line: 70, Step: 1}, {Row: 300, Line: 400, Step: 1}}))
	require.NoError(t, d.SaveLines(t.Context(), "other", []store.LineRun{{Row: 5, Line: 6, Step: 1}}))
	require.NoError(t, d.SaveLines(t.Context(), "b", []store.LineRun{{Row: 7, Line: 8, Step: 1}, two}), "again, from there on")
	require.NoError(t, d.SaveLines(t.Context(), "b", []store.LineRun{three}))

	seven := store.LineRun{Row: 7, Line: 8, Step: 1}

	for name, c := range map[string]struct {
		first, last int64
		want        []store.LineRun
	}{
		"all of them, in order":        {1, 1000, []store.LineRun{one, seven, two, three}},
		"the one before the first row": {8, 9, []store.LineRun{seven}},
		"on the first row":             {10, 10, []store.LineRun{two}},
		"behind the last":              {500, 600, []store.LineRun{three}},
	} {
		runs, err := d.Lines(t.Context(), "b", c.first, c.last)
		require.NoError(t, err, name)
		require.Equal(t, c.want, runs, name)
	}

	runs, err := d.Lines(t.Context(), "other", 1, 4)
	require.NoError(t, err)
	require.Empty(t, runs)

	all := []store.LineRun{one, seven, two, three}
	for row, line := range map[int64]int64{0: 0, 1: 2, 6: 7, 7: 8, 10: 12, 12: 16, 20: 40, 21: 41} {
		require.Equal(t, line, store.LineOf(all, row), row)
	}

	require.Error(t, d.SaveLines(t.Context(), "b", []store.LineRun{{Row: 1, Line: 0, Step: 1}}))
}
