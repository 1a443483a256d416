package enroll

import (
	"context"
	"errors"
	"time"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/store"
)

const (
	// commitPatience is how long a database may be away until the answer of a call is lost.
	commitPatience = time.Minute
	commitPause    = 100 * time.Millisecond
	commitPauseCap = 2 * time.Second
)

// record writes an answer down, and does not give up while the worker lives: this process alone knows it. A row that Postgres
// refuses for its content is written without the content. What would fail again for another reason is not repeated.
func (w *Worker) record(ctx context.Context, finish store.FinishRequest) (store.FinishResult, error) {
	// The answer is written even when the call was cut off by the end of the grace period.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitPatience)
	defer cancel()

	backoff := pace.Backoff{Base: commitPause, Cap: commitPauseCap}

	for try := 1; ; try++ {
		finished, err := w.ledger.Finish(ctx, finish)
		if err == nil {
			return finished, nil
		}

		if !store.Retryable(err) {
			if errors.Is(err, store.ErrNotBegun) || finish.Failure.Message == "" {
				return store.FinishResult{}, err
			}

			w.config.Logger.Error("Postgres refuses the text of an answer; recording it without", "job", finish.JobID, "error", err)
			finish.Failure = store.Failure{Source: sourceWorker, Reason: reasonUnrecordable}

			continue
		}

		logError(w.config.Logger, err)("recording an answer failed, trying again",
			"job", finish.JobID, "attempt", finish.Attempt, "error", err)

		select {
		case <-ctx.Done():
			return store.FinishResult{}, errors.Join(err, ctx.Err())
		case <-time.After(backoff.Delay(try, w.config.Jitter())):
		}
	}
}
