package store

import (
	"context"
	"fmt"
	"time"
)

// monthsAhead is how many partitions of attempts there are beyond this month's,
// so that a worker left alone for a quarter still finds one.
const monthsAhead = 3

// EnsurePartitions makes the partitions of attempts for the month of now (UTC)
// and the next three, where they are missing. Open does it; a long-running worker
// does it daily. Without it rows go to the default partition, from where a
// partition made later takes them over. Any number of callers may do it at once.
func (s *Store) EnsurePartitions(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	now = now.UTC()

	for ahead := range monthsAhead + 1 {
		month := time.Date(now.Year(), now.Month()+time.Month(ahead), 1, 0, 0, 0, 0, time.UTC)
		if err := s.ensurePartition(ctx, month); err != nil {
			return fmt.Errorf("making the partition of attempts for %s: %w", month.Format("2006-01"), err)
		}
	}

	return nil
}

// ensurePartition is one transaction, which waits for its lock no longer than
// lockTimeout, because flushes queue up behind it; they get through between tries.
func (s *Store) ensurePartition(ctx context.Context, month time.Time) error {
	const tries = 10

	var err error

	for range tries {
		var made bool
		if err = s.db.queryRow(ctx, `SELECT attempts_ensure_partition($1)`, []any{month}, &made); !contended(err) {
			return err
		}
	}

	return err
}
