package store

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the store asks, for tests of the plans.
const (
	OverdueSQL    = overdueSQL
	ExtendSQL     = extendSQL
	LockSQL       = lockSQL
	ProgressSQL   = progressSQL
	BatchCodesSQL = batchCodesSQL
)

// SettingsIn are the settings of a store's transactions, as Postgres has them.
func SettingsIn(t *testing.T, s *Store) map[string]string {
	t.Helper()

	settings := map[string]string{}

	for _, setting := range transactionSettings() {
		var value string

		require.NoError(t, s.db.queryRow(t.Context(), `SELECT current_setting($1)`, []any{setting[0]}, &value))
		settings[setting[0]] = value
	}

	return settings
}

// Ask has a store read one number.
func Ask(ctx context.Context, s *Store, sql string, args ...any) error {
	var n int

	return s.db.queryRow(ctx, sql, args, &n)
}
