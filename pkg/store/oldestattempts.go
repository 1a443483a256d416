package store

import (
	"context"
	"fmt"
	"time"
)

// What no month's partition takes is in the default one, so that nothing else is read here: attempts of jobs that had not ended
// when their month was taken away, which are few.
const oldestBetweenSQL = `SELECT min(started_at) FROM attempts WHERE started_at >= $1 AND started_at < $2`

// OldestAttempts returns the begin of the first month (UTC) of which attempts are kept, zero for none. A month that has a
// partition counts while that takes room on disk.
func (s *Store) OldestAttempts(ctx context.Context) (time.Time, error) {
	ever := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

	months, err := s.AttemptsMonths(ctx, ever)
	if err != nil {
		return time.Time{}, err
	}

	from := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)

	for _, month := range append(months, AttemptsMonth{Start: ever, End: ever}) {
		left, err := s.oldestBetween(ctx, from, month.Start)

		switch {
		case err != nil:
			return time.Time{}, err
		case !left.IsZero():
			return time.Date(left.Year(), left.Month(), 1, 0, 0, 0, 0, time.UTC), nil
		case !month.Empty():
			return month.Start, nil
		}

		from = month.End
	}

	return time.Time{}, nil
}

func (s *Store) oldestBetween(ctx context.Context, from, to time.Time) (oldest time.Time, err error) {
	if !from.Before(to) {
		return time.Time{}, nil
	}

	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	if err := s.db.queryRow(ctx, oldestBetweenSQL, []any{from, to}, nullTime(&oldest)); err != nil {
		return time.Time{}, fmt.Errorf("looking for the oldest attempt: %w", err)
	}

	return oldest.UTC(), nil
}
