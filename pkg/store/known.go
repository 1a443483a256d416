package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// A job whose message was lost goes on when it is published again (see MarkLost), so it is to be sent like one without a row.
const knownSQL = `
SELECT job_id FROM enrollments
WHERE job_id = ANY ($1) AND (status <> 'dead' OR error_reason IS DISTINCT FROM '` + ReasonMessageLost + `')
UNION ALL
SELECT job_id FROM (` + purgedSQL + `) AS purged`

// Known returns those of some ids whose jobs workers have seen, purged ones included, and that nothing would come of when they
// were published again.
func (s *Store) Known(ctx context.Context, ids []string) (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	known := make(map[string]bool, len(ids))

	err := s.db.forEach(ctx, knownSQL, []any{ids}, func(row pgx.Rows) error {
		var id string
		if err := row.Scan(&id); err != nil {
			return err
		}

		known[id] = true

		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading which jobs are known: %w", err)
	}

	return known, nil
}

// Unseen counts the jobs of a file that was read to its end that no worker has seen. They are in the queue, or lost.
func (p Progress) Unseen() int64 {
	if p.Batch.CompletedAt.IsZero() {
		return 0
	}

	return max(p.Expected()-p.Seen(), 0)
}
