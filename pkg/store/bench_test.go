package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// BenchmarkBeginFinish measures whole jobs: a new row, its attempt, its outcome, two commits; also of programs whose jobs may
// forget, which are put in order with those.
func BenchmarkBeginFinish(b *testing.B) {
	for _, c := range []struct {
		callers int
		ordered bool
	}{{16, false}, {64, false}, {64, true}, {256, false}, {256, true}} {
		b.Run(fmt.Sprintf("callers=%d,ordered=%t", c.callers, c.ordered), func(b *testing.B) {
			d := newDatabase(b, store.Options{})

			var (
				next atomic.Int64
				all  sync.WaitGroup
			)

			b.ResetTimer()

			for range c.callers {
				all.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						begin := beginRequest(fmt.Sprintf("job-%09d", n))
						begin.Job.ExternalConsumerID, begin.Ordered = fmt.Sprintf("consumer-%d", n), c.ordered

						claim, err := d.Begin(b.Context(), begin)
						if err != nil {
							b.Error(err)
							return
						}

						request := result(claim, "enrolled", store.StatusEnrolled)
						request.HTTPStatus, request.SrcDigitalCardID = 200, "8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de"

						if _, err := d.Finish(b.Context(), request); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}

			all.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
			require.EqualValues(b, b.N, value[int64](b, d, `SELECT sum(count)::bigint FROM program_counts WHERE status = 'enrolled'`))
		})
	}
}
