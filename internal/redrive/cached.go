package redrive

import (
	"context"
	"sync"

	"enroll.example/clicktopay/pkg/store"
)

// cached remembers the answers for the time of a run: its letters are of few batches. A
// batch that is canceled meanwhile costs nothing but the way to a worker that ends the jobs.
func cached(
	ask func(context.Context, string) (store.Cancellation, error),
) func(context.Context, string) (store.Cancellation, error) {
	var (
		mu    sync.Mutex
		known = map[string]store.Cancellation{}
	)

	return func(ctx context.Context, batch string) (store.Cancellation, error) {
		mu.Lock()
		answer, ok := known[batch]
		mu.Unlock()

		if ok {
			return answer, nil
		}

		answer, err := ask(ctx, batch)
		if err != nil {
			return answer, err
		}

		mu.Lock()
		defer mu.Unlock()

		known[batch] = answer

		return answer, nil
	}
}
