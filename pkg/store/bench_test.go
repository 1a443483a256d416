package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// BenchmarkBeginFinish measures whole jobs: a new row, its attempt, its outcome, two commits.
func BenchmarkBeginFinish(b *testing.B) {
	for _, callers := range []int{16, 64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			d := newDatabase(b, store.Options{})

			var (
				next atomic.Int64
				all  sync.WaitGroup
			)

			b.ResetTimer()

			for range callers {
				all.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						claim, err := d.Begin(b.Context(), beginRequest(fmt.Sprintf("job-%09d", n)))
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
