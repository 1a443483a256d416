package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestRows(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	next := time.Now().Add(time.Hour).Truncate(time.Microsecond).UTC()
	jobTest{database: d, tb: t, id: "retrying"}.retrying(next)
	jobTest{database: d, tb: t, id: "enrolled"}.finish("enrolled", store.StatusEnrolled, func(r *store.FinishRequest) {
		r.HTTPStatus, r.SrcDigitalCardID, r.TokenUniqueReference = 200, "digital", "token"
	})

	unenroll := beginRequest("out")
	unenroll.Job = newUnenrollJob("out")
	begin(t, d.Store, unenroll)

	rows, err := d.Rows(t.Context(), []string{"retrying", "enrolled", "out", "unseen"})
	require.NoError(t, err)
	require.Len(t, rows, 3)

	for id, row := range rows {
		outcome, ok, err := d.Outcome(t.Context(), id)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, outcome, row.Outcome)
	}

	require.Equal(t, "520473 4784", rows["enrolled"].PANFirst6+" "+rows["enrolled"].PANLast4)
	require.Equal(t, next, rows["retrying"].NextAttemptAt)
	require.Empty(t, rows["out"].PANLast4)

	none, err := d.Rows(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestConflictsAreFoundByTheIDThatWasUsedTwice(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for _, id := range []string{"b.1", "b.1~0123456789abcdef", "b.1~fedcba9876543210", "b.10", "b.10~00", "b.2", "~STREAM.1"} {
		jobTest{database: d, tb: t, id: id}.end(store.StatusConflict)
	}

	jobTest{database: d, tb: t, id: "b.2~00"}.end(store.StatusInvalid)

	conflicts, err := d.Conflicts(t.Context(), []string{"b.1", "b.10", "b.2", "b.3"})
	require.NoError(t, err)
	require.Len(t, conflicts, 2)
	require.Equal(t, "b.1~0123456789abcdef", conflicts["b.1"].JobID)
	require.Equal(t, "b.10~00", conflicts["b.10"].JobID)
}

func TestBatchesAreListedNewestFirst(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	none, err := d.Batches(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, none)

	begun := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for n := range 5 {
		require.NoError(t, d.SaveBatch(t.Context(), store.Batch{
			ID: fmt.Sprint("batch-", n), Program: "acme", RowsRead: int64(n), StartedAt: begun.Add(time.Duration(n) * time.Hour),
		}))
	}

	jobTest{database: d, tb: t, id: "a"}.end(store.StatusInvalid) // of batch-1
	jobTest{database: d, tb: t, id: "b"}.begin()
	cancel(t, d, "batch-2")

	batches, err := d.Batches(t.Context(), 4)
	require.NoError(t, err)

	for i, want := range []int{4, 3, 2, 1} {
		alone, err := d.Progress(t.Context(), fmt.Sprint("batch-", want))
		require.NoError(t, err)
		require.Equal(t, alone, batches[i])
	}

	require.Equal(t, map[store.Status]int64{store.StatusInvalid: 1, store.StatusInProgress: 1}, batches[3].ByStatus)
	require.NotZero(t, batches[2].Batch.Canceled.At)
}
