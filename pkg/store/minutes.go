package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Minute is how many jobs came to their end in a minute.
type Minute struct {
	At    time.Time // its beginning, UTC
	Count int64
}

const minutesSQL = `
SELECT minute, sum(count)::bigint FROM outcomes_by_minute
WHERE minute > now() - $1::interval GROUP BY minute ORDER BY minute`

// Minutes counts the jobs that came to their end in each minute of late, from the rollup, and from the rows for those that it
// does not have yet. A minute in which none did is not among them; the last one goes on.
func (s *Store) Minutes(ctx context.Context, age time.Duration) ([]Minute, error) {
	all, err := list(ctx, s, minutesSQL, []any{age}, func(row pgx.Rows, one *Minute) error {
		err := row.Scan(&one.At, &one.Count)
		one.At = one.At.UTC()

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting jobs by minute: %w", err)
	}

	return all, nil
}
