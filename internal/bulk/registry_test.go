package bulk_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/store"
)

// Who asks for results has the reasons of the rows that were not sent, and nothing else of them.
func TestRejectsAreInTheRegistry(t *testing.T) {
	t.Parallel()

	registry := newStore(t)
	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}, Registry: registry}
	o := options(t)
	o.BatchSize = 2
	text := strings.Join([]string{
		header, row,
		"5204731600014780,12,2029,ana@example.com",
		strings.Replace(row, "ana@", "eva@", 1),
		testPAN + ",12,2029",
		strings.Replace(row, "ana@", "kim@", 1),
	}, "\n")

	for range 2 { // the second run finds its rejects there
		_, err := bulk.Submit(t.Context(), source(text), to, o)
		require.NoError(t, err)

		rejects, err := registry.Rejects(t.Context(), "june", 1, 10)
		require.NoError(t, err)
		require.Equal(t, []store.Reject{
			{Row: 2, Line: 3, Faults: []store.Fault{{Field: "pan", Code: "INVALID_PAN", Reason: "fails the Luhn check: a digit is wrong or missing"}}},
			{Row: 4, Line: 5, Faults: []store.Fault{{
				Code: "FIELD_COUNT", Reason: "the row has 3 fields, the header has 4; it was cut, or is no row, as a line at the end with a count: see --trailer",
			}}},
		}, rejects)
	}
}

// flakyRegistry is a registry that does not answer for a while.
type flakyRegistry struct {
	bulk.Registry

	failures atomic.Int64
}

var errAway = errors.New("away")

func (f *flakyRegistry) SaveRejects(ctx context.Context, batch string, rejects []store.Reject) error {
	if f.failures.Add(-1) >= 0 {
		return errAway
	}

	return f.Registry.SaveRejects(ctx, batch, rejects)
}

func TestRejectsWaitForTheRegistry(t *testing.T) {
	t.Parallel()

	kept := newStore(t)
	registry := &flakyRegistry{Registry: kept}
	registry.failures.Store(2)

	_, err := bulk.Submit(t.Context(), source(header+"\n5204731600014780,12,2029,ana@example.com\n"),
		bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}, Registry: registry}, options(t))
	require.NoError(t, err)

	rejects, err := kept.Rejects(t.Context(), "june", 1, 1)
	require.NoError(t, err)
	require.Len(t, rejects, 1)
}

// An operator's word ends a run that is under way, and every later one before it sends anything.
func TestACanceledFileIsNotSentOn(t *testing.T) {
	t.Parallel()

	const rows = 2000

	path := write(t, cards(rows))
	queue, registry := &fakeQueue{}, newStore(t)
	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue, Registry: registry}

	o := options(t)
	o.BatchSize, o.InFlight, o.Sealers, o.Now = 10, 1, 1, tickingClock() // each look at the clock is a second later
	cancel := func() {
		_, err := registry.CancelBatch(t.Context(), "june", "ana@desk", "wrong file")
		require.NoError(t, err)
	}

	during := to
	during.Queue = &hookQueue{Queue: queue, at: 5, before: cancel}

	summary, err := submitFile(t.Context(), path, during, o)
	require.ErrorIs(t, err, store.ErrBatchCanceled)
	require.ErrorContains(t, err, ": batch june was canceled 20")
	require.ErrorContains(t, err, "by ana@desk: wrong file")
	require.Equal(t, 1, strings.Count(err.Error(), "june"), err)
	require.Less(t, summary.RowsRead, int64(rows))

	progress, err := registry.Progress(t.Context(), "june")
	require.NoError(t, err)
	require.Equal(t, summary.RowsRead, progress.Batch.RowsRead, "the account is kept")

	sent := len(queue.jobs)
	_, err = submitFile(t.Context(), path, to, o)
	require.ErrorIs(t, err, store.ErrBatchCanceled)
	require.Len(t, queue.jobs, sent)
}
