package bulk_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/jobs"
)

// discardQueue confirms what it throws away.
type discardQueue struct{}

func (discardQueue) PublishBatch(_ context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	return jobs.Receipt{Stored: int64(len(batch))}, nil
}

// BenchmarkSubmit measures rows on their way from the file to sealed jobs, and with a server (on the same
// processors, files on disk, default sync) to the queue.
func BenchmarkSubmit(b *testing.B) {
	const rows = 10_000

	text := cards(rows)

	for _, c := range []struct {
		name  string
		queue func(testing.TB) bulk.Queue
	}{
		{"sealed", func(testing.TB) bulk.Queue { return discardQueue{} }},
		{"published", func(tb testing.TB) bulk.Queue {
			tb.Helper()
			return newQueue(tb, jobs.Topology{})
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			to := bulk.Destination{Sealer: newIntakeKey(b).sealer, Queue: c.queue(b)}
			o := options(b)
			run := 0

			b.ReportAllocs()
			b.SetBytes(int64(len(text)))

			for b.Loop() {
				// A batch of its own each time: no job is on the queue yet.
				run++
				o.Batch = fmt.Sprintf("run-%d", run)

				_, err := bulk.Submit(b.Context(), source(text), to, o)
				require.NoError(b, err)
			}

			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkCheck measures rows that are only looked at, duplicates included.
func BenchmarkCheck(b *testing.B) {
	const rows = 100_000

	text := cards(rows)
	o := options(b)

	b.ReportAllocs()
	b.SetBytes(int64(len(text)))

	for b.Loop() {
		_, err := bulk.Check(b.Context(), source(text), o)
		require.NoError(b, err)
	}

	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
