package store_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/store"
)

// What is empty in a column is null, and everything else as it is.
func TestColumnsAreNullWhereTheyAreEmpty(t *testing.T) {
	t.Parallel()

	url := stacktest.EmptyDatabase(t)
	at := time.Date(2026, 11, 28, 12, 0, 0, 123_000, time.UTC)

	for name, c := range map[string]struct {
		sql    string
		column any
		want   []string
	}{
		"texts":    {`SELECT coalesce(x, 'null') FROM unnest($1::text[]) AS x`, store.NullableTexts("a", "", "ä"), []string{"a", "null", "ä"}},
		"no texts": {`SELECT coalesce(x, 'null') FROM unnest($1::text[]) AS x`, store.NullableTexts(), []string{}},
		"times": {
			`SELECT coalesce(to_char(x AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), 'null') FROM unnest($1::timestamptz[]) AS x`,
			store.NullableTimes(at, time.Time{}),
			[]string{"2026-11-28 12:00:00.000123", "null"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			conn, err := pgx.Connect(t.Context(), url)
			require.NoError(t, err)
			defer func() { _ = conn.Close(t.Context()) }()

			rows, err := conn.Query(t.Context(), c.sql, c.column)
			require.NoError(t, err)

			got, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}
