package bulk_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/jobs"
)

// hookQueue lets batches through to the queue, and does something before one of them.
type hookQueue struct {
	bulk.Queue

	count  atomic.Int64
	at     int64
	before func()
}

func (q *hookQueue) PublishBatch(ctx context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	if q.count.Add(1) == q.at {
		q.before()
	}

	return q.Queue.PublishBatch(ctx, batch)
}

// What is in flight when the run is interrupted is waited for and counted, and
// the same command again ends with each job on the queue once.
func TestAnInterruptionLosesNothing(t *testing.T) {
	t.Parallel()

	const rows = 1200

	path := write(t, cards(rows))
	queue, registry := newQueue(t, jobs.Topology{}), newStore(t)
	o := options(t)
	o.BatchSize = 50
	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue, Registry: registry}

	ctx, interrupt := context.WithCancel(t.Context())
	first := to
	first.Queue = &hookQueue{Queue: queue, at: 10, before: interrupt}

	summary, err := submitFile(ctx, path, first, o)
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, summary.Interrupted)
	require.Nil(t, summary.SourceSHA256)
	require.GreaterOrEqual(t, summary.SettledRow, int64(500), "the ten batches that were sent, the one in flight included")
	require.Less(t, summary.SettledRow, int64(rows))
	require.Len(t, queue.stored(t), int(summary.Published), "what the summary says is what the server has")
	require.Equal(t, summary.RowsRead, summary.Rejected+summary.Published+summary.Duplicates+summary.Unconfirmed())
	require.Len(t, rejected(t, o.RejectsPath), int(summary.Rejected))

	progress, err := registry.Progress(t.Context(), "june")
	require.NoError(t, err)
	require.Equal(t, summary.Published, progress.Batch.RowsPublished)
	require.Zero(t, progress.Batch.CompletedAt)

	second, err := submitFile(t.Context(), path, to, o)
	require.NoError(t, err)
	require.Equal(t, summary.Published, second.Duplicates)
	require.EqualValues(t, rows*9/10, second.Published+second.Duplicates)
	require.Len(t, rejected(t, o.RejectsPath), rows/10)

	ids := map[string]bool{}
	for _, job := range queue.stored(t) {
		require.False(t, ids[job.ID])
		ids[job.ID] = true
	}

	require.Len(t, ids, rows*9/10)
}

// blockingQueue is a queue whose server does not answer.
type blockingQueue struct{ waiting chan struct{} }

func (q blockingQueue) PublishBatch(ctx context.Context, _ []jobs.Job) (jobs.Receipt, error) {
	close(q.waiting)
	<-ctx.Done()

	return jobs.Receipt{Stored: 1}, ctx.Err()
}

func TestAServerThatDoesNotAnswerDelaysTheEndByTheGrace(t *testing.T) {
	t.Parallel()

	ctx, interrupt := context.WithCancel(t.Context())
	queue := blockingQueue{waiting: make(chan struct{})}
	o := options(t)
	o.Grace = time.Millisecond

	go func() {
		<-queue.waiting
		interrupt()
	}()

	summary, err := bulk.Submit(ctx, source(cards(9)), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, summary.SettledRow)
	require.EqualValues(t, 1, summary.Published, "confirmed before the end")
	require.EqualValues(t, 8, summary.Unconfirmed())
}

func TestAFullQueueStopsTheRun(t *testing.T) {
	t.Parallel()

	queue := newQueue(t, jobs.Topology{MaxBytes: 256 << 10})
	o := options(t)
	o.BatchSize = 20

	summary, err := bulk.Submit(t.Context(), source(cards(2000)), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
	require.ErrorIs(t, err, jobs.ErrQueueFull)
	require.ErrorContains(t, err, "rows ")
	require.False(t, summary.Interrupted)
	require.Positive(t, summary.Published)
	require.Len(t, queue.stored(t), int(summary.Published))
	require.Positive(t, summary.Unconfirmed())
}

func TestASourceThatBreaksOffKeepsWhatWasConfirmed(t *testing.T) {
	t.Parallel()

	broken := errors.New("disk on fire")
	half := source(cards(1000))
	half.Reader = io.MultiReader(half.Reader, strings.NewReader(testPAN+",12,20"), iotest.ErrReader(broken))
	queue := &fakeQueue{}
	o := options(t)
	o.BatchSize = 100

	summary, err := bulk.Submit(t.Context(), half, bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "reading cards.csv: disk on fire")
	require.Len(t, queue.jobs, int(summary.Published))
	require.NotContains(t, queue.jobs, "june.1001", "half a row is no row")
}
