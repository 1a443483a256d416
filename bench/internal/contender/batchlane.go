package contender

import (
	"context"
	"time"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/store"
)

const (
	// batchPoll is when a batch is asked for: the API here has enrolled its cards by then. Mastercard's is asked after a minute,
	// in which nothing is used.
	batchPoll = 100 * time.Millisecond
	// countEvery is how often the rows that are settled are counted: a message of a batch does not say how many jobs are done.
	countEvery = 20 * time.Millisecond
)

// batchLane is the product with the program on the batch lane: in flight are jobs there, 1,000 whatever the row of the table
// says.
func batchLane() Contender {
	c := product()
	c.Name = "batch lane"
	c.prepare = prepareWorker(func(p *enroll.Program) {
		p.Lane, p.BatchPoll = enroll.LaneBatch, enroll.Duration(batchPoll)
	}, settled)

	return c
}

// settled counts the jobs that are settled by the rollup.
func settled(ctx context.Context, _ *enroll.Worker, ledger *store.Store, done *tally) {
	every(ctx, countEvery, func() {
		codes, err := ledger.OutcomeCodes(ctx, devkeys.Program)
		if err != nil {
			return // the next look tells
		}

		var n int64

		for _, code := range codes {
			if code.Status.Final() {
				n += code.Count
			}
		}

		done.set(n)
	})
}
