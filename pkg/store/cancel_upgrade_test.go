package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// An operator's word is not forgotten by the way: the program before would send the jobs.
func TestCanceledBatchesKeepTheirStepFromBeingTakenBack(t *testing.T) {
	t.Parallel()

	const results = 9

	d := newDatabase(t, store.Options{})
	require.NoError(t, d.SaveBatch(t.Context(), store.Batch{ID: "b", Program: "acme"}))
	cancel(t, d, "b")
	d.Close()

	var err error
	for err == nil { // the steps after it are taken back
		_, err = store.MigrateDown(t.Context(), d.url)
	}

	require.ErrorContains(t, err, "there are canceled batches")

	before := catalog(t, d.sql)
	_, err = store.MigrateDown(t.Context(), d.url)
	require.ErrorContains(t, err, "there are canceled batches")
	require.Equal(t, before, catalog(t, d.sql))

	d.exec(t, `UPDATE batches SET canceled_at = NULL`) // as the error says

	undone, err := store.MigrateDown(t.Context(), d.url)
	require.NoError(t, err)
	require.EqualValues(t, results, undone.Version)
	require.EqualValues(t, 1, value[int64](t, d, `SELECT count(*) FROM batches`))
}
