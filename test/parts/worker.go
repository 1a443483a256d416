package parts

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/store"
)

// Run runs a worker until the returned function is called, or the test ends. What it returns is the worker's; the test fails
// where the worker does.
func Run(tb testing.TB, worker *enroll.Worker) (stop func() enroll.Summary) {
	tb.Helper()

	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))

	var (
		summary enroll.Summary
		err     error
		running sync.WaitGroup
	)

	running.Go(func() { summary, err = worker.Run(ctx) })

	stop = sync.OnceValue(func() enroll.Summary {
		cancel()
		running.Wait()

		if err != nil {
			tb.Error("the worker failed:", err)
		}

		return summary
	})
	tb.Cleanup(func() { stop() })

	return stop
}

// Row is a job's, which must be there.
func Row(tb testing.TB, ledger *store.Store, id string) store.Outcome {
	tb.Helper()

	outcome, found, err := ledger.Outcome(tb.Context(), id)
	require.NoError(tb, err)
	require.True(tb, found, "no row for %s", id)

	return outcome
}
