package store_test

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestSaveBatch(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	hash, other := sha256.Sum256([]byte("file")), sha256.Sum256([]byte("other file"))
	started := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	saved := store.Batch{ID: "b", Program: "acme", Source: "cards.csv", RowsRead: 1, StartedAt: started}
	require.NoError(t, d.SaveBatch(t.Context(), saved))

	// The reader comes along: its hash when it knows it, its counts, its end.
	saved.SourceSHA256, saved.RowsRead, saved.RowsRejected, saved.RowsPublished, saved.RowsDuplicate = hash[:], 10, 1, 8, 1
	saved.CompletedAt = started.Add(time.Minute)

	again := saved
	again.StartedAt = started.Add(time.Hour)
	require.NoError(t, d.SaveBatch(t.Context(), again))

	for name, change := range map[string]func(*store.Batch){
		"another file":    func(b *store.Batch) { b.SourceSHA256 = other[:] },
		"another program": func(b *store.Batch) { b.Program = "globex" },
	} {
		b := saved
		b.RowsRead = 99
		change(&b)
		require.ErrorIs(t, d.SaveBatch(t.Context(), b), store.ErrBatchConflict, name)
	}

	progress, err := d.Progress(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, store.Progress{Batch: saved, ByStatus: map[store.Status]int64{}}, progress)

	require.Error(t, d.SaveBatch(t.Context(), store.Batch{ID: "", Program: "acme"}))
	require.Error(t, d.SaveBatch(t.Context(), store.Batch{ID: "c", Program: "acme", SourceSHA256: []byte("short")}))
}

func TestProgress(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	next := func(r *store.FinishRequest) { r.RetryAfter = time.Hour }
	failed := func(r *store.FinishRequest) {
		r.Failure = store.Failure{Reason: "INVALID_STATE", Detail: "PAN_INELIGIBLE"}
	}

	for i, step := range []func(jobTest){
		func(j jobTest) { j.begin() },
		func(j jobTest) { j.finish("enrolled", store.StatusEnrolled) },
		func(j jobTest) { j.finish("enrolled", store.StatusEnrolled) },
		func(j jobTest) { j.finish("rejected", store.StatusRejected, failed) },
		func(j jobTest) { j.finish("retry", store.StatusRetrying, next) },
		func(j jobTest) { j.finish("", store.StatusPending) },
		func(j jobTest) { j.finish("unknown", store.StatusInDoubt) },
		func(j jobTest) { j.end(store.StatusInvalid) },
		func(j jobTest) { j.finish("unenrolled", store.StatusUnenrolled) },
	} {
		step(jobTest{database: d, tb: t, id: fmt.Sprint("job-", i)})
	}

	progress, err := d.Progress(t.Context(), "batch-1")
	require.NoError(t, err)
	require.Equal(t, map[store.Status]int64{
		store.StatusInProgress: 1, store.StatusEnrolled: 2, store.StatusRejected: 1, store.StatusRetrying: 1,
		store.StatusPending: 1, store.StatusInDoubt: 1, store.StatusInvalid: 1, store.StatusUnenrolled: 1,
	}, progress.ByStatus)
	require.EqualValues(t, 6, progress.Settled())
	require.Equal(t, store.Batch{ID: "batch-1"}, progress.Batch)

	_, err = d.Progress(t.Context(), "unheard of")
	require.ErrorIs(t, err, store.ErrNoBatch)

	require.NoError(t, d.SaveBatch(t.Context(), store.Batch{ID: "batch-1", Program: "acme"}))

	codes, err := d.BatchCodes(t.Context(), "batch-1")
	require.NoError(t, err)
	require.Len(t, codes, 8)
	require.Equal(t, "acme", codes[0].Program)
	require.Equal(t, store.StatusEnrolled, codes[0].Status, "the most frequent first")
	require.EqualValues(t, 2, codes[0].Count)
	require.False(t, codes[0].First.After(codes[0].Last))
	require.WithinDuration(t, time.Now(), codes[0].Last, time.Minute)

	byProgram, err := d.OutcomeCodes(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, codes, byProgram)

	everything, err := d.OutcomeCodes(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, codes, everything)

	none, err := d.OutcomeCodes(t.Context(), "globex")
	require.NoError(t, err)
	require.Empty(t, none)
}
