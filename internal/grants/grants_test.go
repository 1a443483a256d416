package grants_test

import (
	"os"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/internal/stack/stacktest"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

// A table or view that a migration brings is one that somebody has to have rights to.
func TestEveryTableIsReadByOperators(t *testing.T) {
	t.Parallel()

	conn, err := pgx.Connect(t.Context(), stacktest.Database(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(t.Context())) })

	rows, err := conn.Query(t.Context(), `SELECT relname::text FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition ORDER BY relname`)
	require.NoError(t, err)
	there, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)

	var granted []string
	for _, privilege := range grants.Privileges(grants.Operator) {
		granted = append(granted, privilege.Relation)
		require.Contains(t, privilege.Rights, "SELECT", privilege.Relation)
	}

	slices.Sort(granted)
	require.Equal(t, there, granted)
}

// Names of schemas are whatever an operator has chosen.
func TestStatementsOfAnOddSchema(t *testing.T) {
	t.Parallel()

	conn, err := pgx.Connect(t.Context(), stacktest.EmptyDatabase(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(t.Context())) })

	const schema = `a "b"; DROP TABLE x --`

	for range 2 { // they may be run again
		_, err = conn.Exec(t.Context(), grants.SetUp(schema))
		require.NoError(t, err)
	}

	var may bool
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT has_schema_privilege('enroll_worker', $1, 'USAGE')`, schema).Scan(&may))
	require.True(t, may)
}
