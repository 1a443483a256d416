package store_test

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/migrations"
	"enroll.example/clicktopay/pkg/store"
)

const columnsSQL = `
SELECT coalesce(array_agg(c.relname || '.' || a.attname ORDER BY 1), '{}')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
	AND c.relname NOT IN ('goose_db_version', 'schema_support')`

// What a step back is said to drop is what it drops: each step is taken back, and the columns before and after are compared.
func TestWhatAStepBackDropsIsSaid(t *testing.T) {
	t.Parallel()

	d, steps := oldDatabase(t, 1, "")
	_, err := steps.Up(t.Context())
	require.NoError(t, err)

	for _, source := range slices.Backward(steps.ListSources()) {
		text, err := fs.ReadFile(migrations.FS, path.Base(source.Path))
		require.NoError(t, err)

		before := value[[]string](t, d, columnsSQL)
		_, err = store.MigrateDown(t.Context(), d.url)
		require.NoError(t, err)

		after := value[[]string](t, d, columnsSQL)
		gone := slices.DeleteFunc(before, func(column string) bool { return slices.Contains(after, column) })

		require.ElementsMatch(t, gone, droppedColumns(store.LossesOf(string(text)), gone), source.Path)
		require.Equal(t, writesRows(string(text)), countRows(store.LossesOf(string(text))), source.Path)
	}
}

// droppedColumns are those of the losses, where a table is all that went of it.
func droppedColumns(losses []store.Loss, gone []string) (columns []string) {
	for _, l := range losses {
		switch {
		case l.Rows != "":
		case l.Column != "":
			columns = append(columns, l.Table+"."+l.Column)
		default:
			for _, column := range gone {
				if strings.HasPrefix(column, l.Table+".") {
					columns = append(columns, column)
				}
			}
		}
	}

	return columns
}

// writesRows counts the words by which the way back of a migration changes rows.
func writesRows(migration string) int {
	_, down, _ := strings.Cut(migration, "-- +goose Down")
	n := 0

	for line := range strings.Lines(down) {
		for _, word := range []string{"DELETE FROM ", "UPDATE ", "TRUNCATE "} {
			if strings.HasPrefix(line, word) && !strings.Contains(line, "schema_support") {
				n++
			}
		}
	}

	return n
}

func countRows(losses []store.Loss) int {
	return len(slices.DeleteFunc(slices.Clone(losses), func(l store.Loss) bool { return l.Rows == "" }))
}

// A step back is counted without being taken: values that say more than their default, rows, and rows that go with a status.
func TestWhatAStepBackLosesIsCounted(t *testing.T) {
	t.Parallel()

	const push, results, redrives = 18, 9, 8

	d := newDatabase(t, store.Options{})
	require.NoError(t, d.SaveBatch(t.Context(), store.Batch{ID: "b", Program: "acme"}))
	require.NoError(t, d.SaveBatch(t.Context(), store.Batch{ID: "c", Program: "acme"}))

	for _, id := range []string{"one", "two", "three"} {
		finish(t, d.Store, result(begin(t, d.Store, beginRequest(id)), "enrolled", store.StatusEnrolled))
	}

	d.Close()
	d.exec(t, `UPDATE enrollments SET sealed_result = 'x', redriven = 1 WHERE job_id IN ('one', 'two')`)

	counted := map[int64]map[string]int64{}

	for {
		before := catalog(t, d.sql)
		step, losses, err := store.MigrateDownLosses(t.Context(), d.url)
		require.NoError(t, err)
		require.Equal(t, before, catalog(t, d.sql), "nothing is changed")

		counted[step.Version] = map[string]int64{}

		for _, l := range losses {
			require.False(t, l.Estimated)
			counted[step.Version][l.Table+"."+l.Column] += l.Count
		}

		undone, err := store.MigrateDown(t.Context(), d.url)
		require.NoError(t, err)
		require.Equal(t, step.Version, undone.Version)

		if step.Version == 1 {
			break
		}
	}

	require.Equal(t, map[string]int64{"enrollments.sealed_result": 2, "batch_counts.": 0, "program_counts.": 0}, counted[push])
	require.Equal(t, map[string]int64{"enrollments.redriven_at": 0, "enrollments.redriven": 2}, counted[redrives])
	require.Zero(t, counted[results]["batches.canceled_at"])
	require.Equal(t, map[string]int64{"batches.": 2}, counted[3])
	require.Equal(t, map[string]int64{"enrollments.": 3}, counted[1])

	_, _, err := store.MigrateDownLosses(t.Context(), d.url)
	require.ErrorIs(t, err, store.ErrNoMigration)
}

// A schema that a newer program made is taken back by that program.
func TestANewerSchemaIsNotTakenBack(t *testing.T) {
	t.Parallel()

	url := stacktest.Database(t)
	_, err := openPool(t, url).Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	require.NoError(t, err)

	_, err = store.MigrateDown(t.Context(), url)
	require.ErrorIs(t, err, store.ErrSchema)
	require.ErrorContains(t, err, "the program that brought them")

	_, _, err = store.MigrateDownLosses(t.Context(), url)
	require.ErrorIs(t, err, store.ErrSchema)
}
