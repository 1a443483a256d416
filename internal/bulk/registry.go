package bulk

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v4"

	"enroll.example/clicktopay/pkg/store"
)

// progressInterval is how often a run tells how far it is, and hears whether its batch has been canceled.
const progressInterval = time.Second

// registryRetryTime is how long a run waits for the registry to take its rejects.
const registryRetryTime = time.Minute

// saveChunk puts a chunk's rejects in the registry, and now and then how far the run
// is. An error ends the run. The rows of the chunk are
// published after that, so what is on the queue or settled is never without its rejects.
func (s *submission) saveChunk(ctx context.Context, c *sealedChunk) error {
	if s.registry == nil {
		return nil
	}

	if rejects := storeRejects(c); len(rejects) > 0 {
		if err := s.retrySave(ctx, func() error { return s.registry.SaveRejects(ctx, s.batch.ID, rejects) }); err != nil {
			return s.batchError(ctx, err)
		}
	}

	if runs := lineRuns(c.Chunk, s.lines); len(runs) > 0 {
		if err := s.retrySave(ctx, func() error { return s.registry.SaveLines(ctx, s.batch.ID, runs) }); err != nil {
			return s.batchError(ctx, err)
		}

		s.lines = &runs[len(runs)-1]
	}

	if s.options.Now().Sub(s.progressSavedAt) < progressInterval {
		return nil
	}

	err := s.saveProgress(ctx)
	s.progressSavedAt = s.options.Now()

	return err
}

// retrySave does not give up at once: a database that is away for a moment must not end a run of hours.
func (s *submission) retrySave(ctx context.Context, save func() error) error {
	pauses := backoff.NewExponentialBackOff(backoff.WithMaxElapsedTime(registryRetryTime))

	return backoff.Retry(func() error {
		err := save()
		if !store.Retryable(err) {
			return backoff.Permanent(err)
		}

		return err
	}, backoff.WithContext(pauses, ctx))
}

// saveProgress saves how far the run is. That it cannot be told now is no reason to
// stop; that the batch is canceled, or another's, is.
func (s *submission) saveProgress(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, registryTimeout)
	defer cancel()

	s.setTotals(s.pipeline.counts.total())

	err := s.save(ctx)
	if errors.Is(err, store.ErrBatchCanceled) || errors.Is(err, store.ErrBatchConflict) {
		return err
	}

	return nil
}

// storeRejects are the rejects of a chunk as the registry keeps them.
func storeRejects(c *sealedChunk) []store.Reject {
	rejects := make([]store.Reject, 0, len(c.rejects))

	for _, r := range c.rejects {
		reject := store.Reject{Row: r.Row, Line: r.Line}
		for _, p := range r.Problems {
			reject.Faults = append(reject.Faults, store.Fault{Field: p.Column, Code: p.Code, Reason: p.Reason})
		}

		rejects = append(rejects, reject)
	}

	return rejects
}

// setTotals takes the totals of a run into the batch.
func (s *submission) setTotals(summary Summary) {
	s.batch.RowsRead, s.batch.RowsRejected = summary.RowsRead, summary.Rejected
	s.batch.RowsPublished, s.batch.RowsDuplicate = summary.Published, summary.Duplicates
}
