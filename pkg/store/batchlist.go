package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

const (
	latestBatchesSQL = `
SELECT ` + batchColumns + ` FROM batches
WHERE (started_at, batch_id) < (coalesce($1, 'infinity'::timestamptz), $2)
ORDER BY started_at DESC, batch_id DESC LIMIT $3`

	progressOfSQL = `
SELECT batch_id, status, sum(count)::bigint FROM batch_counts WHERE batch_id = ANY ($1)
GROUP BY batch_id, status HAVING sum(count) <> 0`
)

// Batches returns how far the latest batches of files are, those begun last
// first, from the rollup. A batch that only messages name is not among them
// unless it was canceled.
func (s *Store) Batches(ctx context.Context, limit int) ([]Progress, error) {
	return s.BatchesBefore(ctx, Batch{}, limit)
}

// BatchesBefore returns those that Batches would after one that an earlier call returned last.
func (s *Store) BatchesBefore(ctx context.Context, last Batch, limit int) ([]Progress, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var all []Progress

	after := zeronull.Timestamptz(last.StartedAt)

	err := s.db.forEach(ctx, latestBatchesSQL, []any{after, last.ID, limit}, func(row pgx.Rows) error {
		p := Progress{ByStatus: map[Status]int64{}}
		err := p.Batch.scan(row)
		all = append(all, p)

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing batches: %w", err)
	}

	byID := make(map[string]Progress, len(all))
	for _, p := range all {
		byID[p.Batch.ID] = p
	}

	ids := column(all, func(p Progress) string { return p.Batch.ID })

	err = s.db.forEach(ctx, progressOfSQL, []any{ids}, func(row pgx.Rows) error {
		var (
			id     string
			status Status
			count  int64
		)

		if err := row.Scan(&id, &status, &count); err != nil {
			return err
		}

		byID[id].ByStatus[status] = count

		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the progress of batches: %w", err)
	}

	return all, nil
}
