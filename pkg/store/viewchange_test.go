package store_test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/migrations"
	"enroll.example/clicktopay/pkg/store"
)

// migrationFiles returns the migrations up to a version. Files of the folder, where one is given, take the place of those of
// the same name.
func migrationFiles(t *testing.T, version int64, folder string) fstest.MapFS {
	t.Helper()

	files := fstest.MapFS{}
	names, err := fs.Glob(migrations.FS, "*.sql")
	require.NoError(t, err)

	for _, name := range names {
		number, err := goose.NumericComponent(name)
		require.NoError(t, err)

		if number > version {
			continue
		}

		text, err := os.ReadFile(path.Join("testdata", folder, name))
		if folder == "" || os.IsNotExist(err) {
			text, err = fs.ReadFile(migrations.FS, name)
		}

		require.NoError(t, err)

		files[name] = &fstest.MapFile{Data: text}
	}

	return files
}

// earlier is a folder of testdata: the migrations as they were when they made the views themselves.
const (
	earlier     = "earlier"
	lastEarlier = 13 // the last of them
	lastView    = 11 // the last of them that makes a view
)

// What an earlier program left is brought to the views of this one, back, and is gone on with by the earlier program.
func TestViewsOfEarlierPrograms(t *testing.T) {
	t.Parallel()

	fresh, _ := oldDatabase(t, 1, "")
	_, err := store.MigrateUp(t.Context(), fresh.url)
	require.NoError(t, err)

	want := strings.Split(catalog(t, fresh.sql), "\n")
	_, steps := oldDatabase(t, 1, earlier)

	for _, source := range steps.ListSources() {
		t.Run(path.Base(source.Path), func(t *testing.T) {
			t.Parallel()

			d, before := oldDatabase(t, source.Version, earlier)

			_, err := store.MigrateUp(t.Context(), d.url)
			require.NoError(t, err)
			require.Equal(t, want, strings.Split(catalog(t, d.sql), "\n"))

			// This one takes back what the earlier program does not know, which then takes its steps back and forward again, as far
			// as they make no view: one that has got more columns since is replaced by none with less.
			for value[int64](t, d, versionSQL) > lastEarlier {
				_, err = store.MigrateDown(t.Context(), d.url)
				require.NoError(t, err)
			}

			_, err = before.DownTo(t.Context(), max(source.Version, lastView))
			require.NoError(t, err)
			_, err = before.Up(t.Context())
			require.NoError(t, err)

			_, err = store.MigrateUp(t.Context(), d.url)
			require.NoError(t, err)
			require.Equal(t, want, strings.Split(catalog(t, d.sql), "\n"))

			// So does this one, to the end.
			for err == nil {
				_, err = store.MigrateDown(t.Context(), d.url)
			}

			require.ErrorIs(t, err, store.ErrNoMigration)
			require.Empty(t, catalog(t, d.sql))

			_, err = before.Up(t.Context())
			require.NoError(t, err)
		})
	}
}

const versionSQL = `SELECT max(version_id) FROM goose_db_version`

// replaced returns the views with a part of their text changed.
func replaced(t *testing.T, old, with string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(migrations.Views, old), old)

	return strings.Replace(migrations.Views, old, with, 1)
}

const rightsOfTheViews = `
SELECT array_agg(format('%s %s %s %s', relname, relowner::regrole, relacl,
	(SELECT array_agg(attname || attacl::text ORDER BY attname) FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL)) ORDER BY relname)
FROM pg_class c WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace`

func TestAChangedViewKeepsItsOwnerAndRights(t *testing.T) {
	t.Parallel()

	for name, text := range map[string]string{
		"a column more": replaced(t, "max(last_at) AS last\n", "max(last_at) AS last, 1 AS more\n"),
		"a column less": replaced(t, ",\n       max(last_at) AS last\n", "\n"),
		"another type":  replaced(t, "sum(count)::bigint AS count", "sum(count)::integer AS count"),
		"another order": replaced(t, "SELECT program, status,", "SELECT status, program,"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d := newDatabase(t, store.Options{})
			d.exec(t, `GRANT SELECT ON outcome_codes TO PUBLIC`)
			d.exec(t, `GRANT SELECT ON outcome_codes TO pg_monitor WITH GRANT OPTION`)
			d.exec(t, `GRANT SELECT (batch_id, seen) ON batch_progress TO pg_monitor`)
			d.exec(t, `ALTER VIEW unfinished OWNER TO pg_monitor`)

			rights := value[[]string](t, d, rightsOfTheViews)
			definition := value[string](t, d, `SELECT pg_get_viewdef('outcome_codes'::regclass)`)

			require.NoError(t, store.MigrateUpWith(t.Context(), d.url, migrations.FS, text))
			require.NotEqual(t, definition, value[string](t, d, `SELECT pg_get_viewdef('outcome_codes'::regclass)`))
			require.Equal(t, rights, value[[]string](t, d, rightsOfTheViews))

			_, err := store.MigrateUp(t.Context(), d.url)
			require.NoError(t, err)
			require.Equal(t, definition, value[string](t, d, `SELECT pg_get_viewdef('outcome_codes'::regclass)`))
			require.Equal(t, rights, value[[]string](t, d, rightsOfTheViews))
		})
	}
}

// A view that operators have built on one of ours stays when ours grows, and is never dropped.
func TestViewsOfOperatorsStay(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.exec(t, `CREATE VIEW theirs AS SELECT program, count FROM outcome_codes`)

	more := replaced(t, "max(last_at) AS last\n", "max(last_at) AS last, 1 AS more\n")
	require.NoError(t, store.MigrateUpWith(t.Context(), d.url, migrations.FS, more))
	require.Zero(t, value[int64](t, d, `SELECT count(*) FROM theirs`))

	err := store.MigrateUpWith(t.Context(), d.url, migrations.FS, replaced(t, ",\n       max(last_at) AS last\n", "\n"))
	require.ErrorContains(t, err, "making the views")
	require.ErrorContains(t, err, "depend on")
	require.Zero(t, value[int64](t, d, `SELECT count(more) FROM outcome_codes`), "nothing is half done")
}

// Whoever reads a view is waited for when the view changes, for seconds, and not when it stays.
func TestViewsThatAreRead(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	reading := d.transaction(t, `SELECT count(*) FROM outcome_codes`)

	_, err := store.MigrateUp(t.Context(), d.url)
	require.NoError(t, err)

	before := catalog(t, d.sql)
	more := replaced(t, "max(last_at) AS last\n", "max(last_at) AS last, 1 AS more\n")

	err = store.MigrateUpWith(t.Context(), d.url, migrations.FS, more)
	require.ErrorContains(t, err, "run it again when that has ended")
	require.True(t, store.Retryable(err))
	require.Equal(t, before, catalog(t, d.sql))

	require.NoError(t, reading.Rollback(t.Context()))
	require.NoError(t, store.MigrateUpWith(t.Context(), d.url, migrations.FS, more))
}

// A view that reads what the latest step brought goes before the step is taken back, and comes back when it was refused.
func TestAViewOfTheLatestStep(t *testing.T) {
	t.Parallel()

	const results = 9

	d := newDatabase(t, store.Options{})
	require.NoError(t, d.SaveBatch(t.Context(), store.Batch{ID: "b", Program: "acme"}))
	cancel(t, d, "b")
	d.Close()

	views := migrations.Views + `
-- +view canceled since 9
CREATE OR REPLACE VIEW canceled AS SELECT batch_id, canceled_at FROM batches WHERE canceled_at IS NOT NULL;
`
	for range value[int64](t, d, `SELECT count(DISTINCT version_id) FROM goose_db_version WHERE version_id > $1`, results) {
		require.NoError(t, store.MigrateDownWith(t.Context(), d.url, migrations.FS, views))
	}

	require.NoError(t, store.MigrateUpWith(t.Context(), d.url, migrationFiles(t, results, ""), views))
	d.exec(t, `GRANT SELECT ON canceled TO pg_monitor`)

	rights := value[[]string](t, d, rightsOfTheViews)

	require.ErrorContains(t, store.MigrateDownWith(t.Context(), d.url, migrations.FS, views), "there are canceled batches")
	require.EqualValues(t, 1, value[int64](t, d, `SELECT count(*) FROM canceled`))
	require.Equal(t, rights, value[[]string](t, d, rightsOfTheViews))

	d.exec(t, `UPDATE batches SET canceled_at = NULL`)
	require.NoError(t, store.MigrateDownWith(t.Context(), d.url, migrations.FS, views))

	const viewNames = `SELECT array_agg(viewname::text ORDER BY viewname) FROM pg_views WHERE schemaname = 'public'`

	require.Equal(t, []string{"batch_progress", "outcome_codes", "unfinished"}, value[[]string](t, d, viewNames))

	require.NoError(t, store.MigrateUpWith(t.Context(), d.url, migrations.FS, views))
	require.Equal(t, []string{
		"acts", "api_batches_open", "batch_progress", "canceled", "outcome_codes", "outcomes_by_hour", "outcomes_by_minute", "unfinished",
	}, value[[]string](t, d, viewNames))
}

// A newer program's views are left to it.
func TestViewsOfANewerSchemaStay(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.exec(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	d.exec(t, `CREATE OR REPLACE VIEW outcome_codes AS SELECT program, status, reason, detail, count, first_at AS first, last_at AS last FROM program_counts`)
	d.exec(t, `COMMENT ON VIEW outcome_codes IS 'newer'`)

	before := catalog(t, d.sql)

	_, err := store.MigrateUp(t.Context(), d.url)
	require.NoError(t, err)
	require.Equal(t, before, catalog(t, d.sql))
}

// Each view stands under its name, and begins with a version that is a migration's.
func TestMarksOfTheViews(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	marked := store.Views(t, migrations.Views)

	status, err := store.MigrationStatus(t.Context(), d.url)
	require.NoError(t, err)

	for name, since := range marked {
		require.True(t, slices.ContainsFunc(status, func(m store.Migration) bool { return m.Version == since }), name)
		require.EqualValues(t, 1, value[int64](t, d, `SELECT count(*) FROM pg_views WHERE viewname = $1`, name), name)
	}

	require.EqualValues(t, len(marked), value[int64](t, d, `SELECT count(*) FROM pg_views WHERE schemaname = 'public'`))

	for _, text := range []string{"-- +view unfinished\n", "-- +view unfinished since now\n", "-- +view two words since 5\n", "-- +views\n"} {
		require.ErrorContains(t, store.MigrateUpWith(t.Context(), d.url, migrations.FS, "-- head\n"+text), "a mark is not of the form")
	}
}
