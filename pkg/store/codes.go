package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// CodeCount is how many jobs stand at a status for a reason. A reason or detail
// that is not a code (capital letters, digits, _ and -) is counted as OTHER; the
// row in enrollments has it in full.
type CodeCount struct {
	Program        string // "" in a batch that no reader saved
	Status         Status
	Reason, Detail string
	Count          int64
	First, Last    time.Time // when a job came to it
}

const (
	outcomeCodesSQL = `
SELECT program, status, reason, detail, sum(count)::bigint, min(first_at), max(last_at)
FROM program_counts
WHERE program = $1 OR $1 = ''
GROUP BY program, status, reason, detail
HAVING sum(count) > 0
ORDER BY program, sum(count) DESC, status, reason, detail`

	batchCodesSQL = `
SELECT coalesce((SELECT program FROM batches WHERE batch_id = $1), ''),
       status, reason, detail, sum(count)::bigint, min(first_at), max(last_at)
FROM batch_counts
WHERE batch_id = $1
GROUP BY status, reason, detail
HAVING sum(count) > 0
ORDER BY sum(count) DESC, status, reason, detail`
)

// OutcomeCodes counts a program's jobs by status, reason and detail, from the
// rollup, the most frequent first. An empty program stands for all.
func (s *Store) OutcomeCodes(ctx context.Context, program string) ([]CodeCount, error) {
	counts, err := s.codes(ctx, outcomeCodesSQL, program)
	if err != nil {
		return nil, fmt.Errorf("reading the outcome codes of program %q: %w", program, err)
	}

	return counts, nil
}

// BatchCodes counts a batch's jobs by status, reason and detail, from the rollup,
// the most frequent first.
func (s *Store) BatchCodes(ctx context.Context, batchID string) ([]CodeCount, error) {
	counts, err := s.codes(ctx, batchCodesSQL, batchID)
	if err != nil {
		return nil, fmt.Errorf("reading the outcome codes of batch %s: %w", batchID, err)
	}

	return counts, nil
}

func (s *Store) codes(ctx context.Context, sql string, args ...any) ([]CodeCount, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var counts []CodeCount

	err := s.db.forEach(ctx, sql, args, func(row pgx.Rows) error {
		var c CodeCount

		err := row.Scan(&c.Program, &c.Status, &c.Reason, &c.Detail, &c.Count, nullTime(&c.First), nullTime(&c.Last))
		c.First, c.Last = c.First.UTC(), c.Last.UTC()
		counts = append(counts, c)

		return err
	})

	return counts, err
}
