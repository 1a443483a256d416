package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// A batch that was canceled while its file was read has only the jobs that were published by then.
func TestHowABatchStands(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

	for want, p := range map[string]store.Progress{
		"canceled": {
			Batch:    store.Batch{RowsRead: 500, RowsRejected: 2, RowsPublished: 4, Canceled: store.Cancellation{At: at}},
			ByStatus: map[store.Status]int64{store.StatusCanceled: 3, store.StatusEnrolled: 1},
		},
		"canceled, 1 left": {
			Batch:    store.Batch{RowsRead: 500, RowsPublished: 3, RowsDuplicate: 2, Canceled: store.Cancellation{At: at}},
			ByStatus: map[store.Status]int64{store.StatusCanceled: 4},
		},
		"canceled, 2 left": {
			Batch:    store.Batch{RowsRead: 6, RowsPublished: 6, CompletedAt: at, Canceled: store.Cancellation{At: at}},
			ByStatus: map[store.Status]int64{store.StatusCanceled: 4},
		},
		"file not read to its end": {
			Batch: store.Batch{RowsRead: 500, RowsPublished: 4}, ByStatus: map[store.Status]int64{store.StatusEnrolled: 4},
		},
		"3 left":     {Batch: store.Batch{RowsRead: 4, CompletedAt: at}, ByStatus: map[store.Status]int64{store.StatusEnrolled: 1}},
		"1 in doubt": {Batch: store.Batch{RowsRead: 1, CompletedAt: at}, ByStatus: map[store.Status]int64{store.StatusInDoubt: 1}},
	} {
		require.Equal(t, want, stateOfBatch(p))
	}
}
