package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/store"
)

// catalogSQL is everything the migrations make, as text.
const catalogSQL = `
SELECT string_agg(line, E'\n' ORDER BY line) FROM (
	SELECT format('%s %s kind %s options %s', c.relname, a.attname, c.relkind, c.reloptions)
	       || format(' type %s not null %s default %s', format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) AS line
	FROM pg_class c
	JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
	UNION ALL
	SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
	UNION ALL
	SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
	UNION ALL
	SELECT format('%s %s', viewname, definition) FROM pg_views WHERE schemaname = 'public'
	UNION ALL
	SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS lines WHERE line NOT LIKE '%goose%'`

func catalog(t *testing.T, pool *pgxpool.Pool) string {
	t.Helper()

	var text *string
	require.NoError(t, pool.QueryRow(t.Context(), catalogSQL).Scan(&text))

	if text == nil {
		return ""
	}

	return *text
}

func TestMigrations(t *testing.T) {
	t.Parallel()

	url := stacktest.EmptyDatabase(t)
	pool := openPool(t, url)

	pending, err := store.MigrationStatus(t.Context(), url)
	require.NoError(t, err)
	require.NotEmpty(t, pending)

	for _, m := range pending {
		require.True(t, m.AppliedAt.IsZero(), m.Name)
	}

	applied, err := store.MigrateUp(t.Context(), url)
	require.NoError(t, err)
	require.Len(t, applied, len(pending))
	require.Equal(t, "enrollments", applied[0].Name)

	first := catalog(t, pool)
	require.Contains(t, first, "enrollments_due")

	again, err := store.MigrateUp(t.Context(), url)
	require.NoError(t, err)
	require.Empty(t, again)

	// All the way down, with partitions and rows in the way, leaves nothing behind.
	s := openStore(t, url, store.Options{})
	begin(t, s, beginRequest("j"))
	s.Close()

	for _, last := range slices.Backward(applied) {
		undone, err := store.MigrateDown(t.Context(), url)
		require.NoError(t, err)
		require.Equal(t, last.Version, undone.Version)
		require.Equal(t, last.Name, undone.Name)
	}

	require.Empty(t, catalog(t, pool))

	_, err = store.MigrateDown(t.Context(), url)
	require.ErrorIs(t, err, store.ErrNoMigration)

	_, err = store.MigrateUp(t.Context(), url)
	require.NoError(t, err)
	require.Equal(t, strings.Split(first, "\n"), strings.Split(catalog(t, pool), "\n"))

	status, err := store.MigrationStatus(t.Context(), url)
	require.NoError(t, err)

	for _, m := range status {
		require.False(t, m.AppliedAt.IsZero(), m.Name)
	}
}

// A fleet is started at once on an empty database.
func TestMigrateUpFromSeveralPlaces(t *testing.T) {
	t.Parallel()

	url := stacktest.EmptyDatabase(t)
	steps := make([]int, 4)

	together(len(steps), func(i int) {
		applied, err := store.MigrateUp(t.Context(), url)
		if err != nil {
			t.Error(err)
		}

		steps[i] = len(applied)
	})

	all, err := store.MigrationStatus(t.Context(), url)
	require.NoError(t, err)

	sum := 0
	for _, n := range steps {
		sum += n
	}

	require.Len(t, all, sum, "each step was taken once: %v", steps)
}

func TestOpenChecksTheSchema(t *testing.T) {
	t.Parallel()

	t.Run("never migrated", func(t *testing.T) {
		t.Parallel()

		_, err := store.Open(t.Context(), stacktest.EmptyDatabase(t), store.Options{})
		require.ErrorIs(t, err, store.ErrSchema)
		require.ErrorContains(t, err, "has version 0")
		require.ErrorContains(t, err, "worker migrate up")
	})

	t.Run("too old", func(t *testing.T) {
		t.Parallel()

		url := stacktest.Database(t)
		_, err := store.MigrateDown(t.Context(), url)
		require.NoError(t, err)

		_, err = store.Open(t.Context(), url, store.Options{})
		require.ErrorIs(t, err, store.ErrSchema)
		require.ErrorContains(t, err, "worker migrate up")
	})

	t.Run("too new", func(t *testing.T) {
		t.Parallel()

		url := stacktest.Database(t)
		_, err := openPool(t, url).Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
		require.NoError(t, err)

		_, err = store.Open(t.Context(), url, store.Options{})
		require.ErrorIs(t, err, store.ErrSchema)
		require.ErrorContains(t, err, "has version 99999")
	})
}

func TestOpenWithoutADatabase(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ url, want string }{
		"not a URL":       {"postgres://%", "parsing the database URL"},
		"nobody listens":  {"postgres://user:secret@127.0.0.1:1/none", "connecting to the database"},
		"an odd pool max": {"postgres://127.0.0.1:1/none?pool_max_conns=many", "parsing the database URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := store.Open(t.Context(), c.url, store.Options{})
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "secret")

			_, err = store.MigrateUp(t.Context(), c.url)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}
