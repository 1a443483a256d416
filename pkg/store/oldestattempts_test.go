package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// Attempts of jobs that had not ended when their month was taken away are kept as well.
func TestTheOldestAttemptsMayBeInNoMonth(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	month := func(m time.Month) time.Time { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC) }
	oldest := func() time.Time {
		t.Helper()

		found, err := d.OldestAttempts(t.Context())
		require.NoError(t, err)

		return found
	}
	drop := func(m time.Month) {
		t.Helper()

		all, err := d.AttemptsMonths(t.Context(), tomorrow())
		require.NoError(t, err)

		for _, one := range all {
			if one.Start.Equal(month(m)) {
				dropped, err := d.DropAttempts(t.Context(), one)
				require.NoError(t, err)
				require.True(t, dropped)
			}
		}
	}

	require.Zero(t, oldest())

	aged(t, d, month(time.January), 10, 0)
	aged(t, d, month(time.February), 10, 3)
	aged(t, d, month(time.March), 10, 0)
	require.Equal(t, month(time.January), oldest())

	drop(time.February)
	require.Equal(t, month(time.January), oldest())

	drop(time.January)
	require.Equal(t, month(time.February), oldest(), "three attempts of it are left")

	d.exec(t, `DELETE FROM attempts WHERE started_at < $1`, month(time.March))
	require.Equal(t, month(time.March), oldest())
}
