package bulk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/store"
)

// Where each row was in its file can be asked afterwards, of rows that were sent too, and after a second run.
func TestTheRegistryIsToldTheLinesOfRows(t *testing.T) {
	t.Parallel()

	ledger := newStore(t)
	text := header + ",address_line1\n" + // 1
		row + ",a\n" + row + "\n\n" + // 2, 3 (faulty), 4 (blank)
		row + ",\"b\nc\"\n" + // 5 and 6
		otherPAN + ",12,2029,ben@example.com,d\n" // 7

	for range 2 {
		o := options(t)
		o.BatchSize, o.MinGood = 2, 0

		_, err := bulk.Submit(t.Context(), source(text), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}, Registry: ledger}, o)
		require.NoError(t, err)

		runs, err := ledger.Lines(t.Context(), o.Batch, 1, 4)
		require.NoError(t, err)

		for i, line := range []int64{2, 3, 5, 7} {
			require.Equal(t, line, store.LineOf(runs, int64(i)+1), "row %d", i+1)
		}
	}
}
