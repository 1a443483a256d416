package store_test

import (
	"crypto/sha256"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestAContentIsClaimedOnce(t *testing.T) {
	t.Parallel()

	const claims = 6 // more wait for longer than a lock is waited for, on a busy machine

	d := newDatabase(t, store.Options{})
	hash := sha256.Sum256([]byte("file"))
	batch := func(id string) store.Batch {
		return store.Batch{ID: id, Program: "acme", Source: "cards.csv", SourceSHA256: hash[:]}
	}

	var claimed atomic.Int64

	together(claims, func(caller int) {
		earlier, found, err := d.ClaimBatch(t.Context(), batch(fmt.Sprint("batch-", caller)))

		switch {
		case err != nil:
			t.Error(err)
		case !found:
			claimed.Add(1)
		case earlier.Source != "cards.csv":
			t.Error(earlier)
		}
	})
	require.EqualValues(t, 1, claimed.Load())

	earlier, found, err := d.ClaimBatch(t.Context(), batch("late"))
	require.NoError(t, err)
	require.True(t, found)
	_, err = d.Progress(t.Context(), "late")
	require.ErrorIs(t, err, store.ErrNoBatch, "what is refused leaves no batch")

	_, found, err = d.ClaimBatch(t.Context(), batch(earlier.ID))
	require.NoError(t, err, "its own name goes on with it")
	require.False(t, found)

	_, _, err = d.ClaimBatch(t.Context(), store.Batch{ID: earlier.ID, Program: "globex", SourceSHA256: hash[:]})
	require.ErrorIs(t, err, store.ErrBatchConflict)
	require.EqualError(t, err, "batch "+earlier.ID+" belongs to another file or program")

	_, err = d.CancelBatch(t.Context(), earlier.ID, "ana", "wrong file")
	require.NoError(t, err)

	_, _, err = d.ClaimBatch(t.Context(), batch(earlier.ID))
	require.ErrorIs(t, err, store.ErrBatchCanceled)

	_, found, err = d.ClaimBatch(t.Context(), batch("corrected"))
	require.NoError(t, err)
	require.False(t, found, "what was canceled is sent under another name")
}

func TestSameContent(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	hash, other := sha256.Sum256([]byte("file")), sha256.Sum256([]byte("other file"))
	begin := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	save := func(id, program string, sum []byte, after time.Duration) {
		require.NoError(t, d.SaveBatch(t.Context(), store.Batch{
			ID: id, Program: program, Source: id + ".csv", SourceSHA256: sum, StartedAt: begin.Add(after),
		}))
	}
	find := func(program, id string, sum []byte) string {
		earlier, found, err := d.SameContent(t.Context(), program, id, sum)
		require.NoError(t, err)
		require.Equal(t, found, earlier.ID != "")

		return earlier.ID
	}

	require.Empty(t, find("acme", "new", hash[:]))
	save("unknown", "acme", nil, 0)
	save("first", "acme", hash[:], 0)
	save("second", "acme", hash[:], time.Hour)
	save("differs", "acme", other[:], 2*time.Hour)
	save("globex", "globex", hash[:], 3*time.Hour)

	require.Equal(t, "second", find("acme", "new", hash[:]), "the latest")
	require.Equal(t, "first", find("acme", "first", hash[:]), "its own name comes first")
	require.Equal(t, "second", find("acme", "globex", hash[:]), "of one program")
	require.Empty(t, find("initech", "new", hash[:]))

	_, err := d.CancelBatch(t.Context(), "second", "ana", "wrong file")
	require.NoError(t, err)
	require.Equal(t, "first", find("acme", "new", hash[:]), "what was canceled is to be sent under another name")
	require.Equal(t, "second", find("acme", "second", hash[:]))
}
