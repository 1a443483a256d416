package store

import (
	"context"
	"fmt"
)

// CodeFilter says which codes are counted.
type CodeFilter struct {
	Program  string   // empty: all
	Statuses []Status // empty: all
	Limit    int
}

const topCodesSQL = `
SELECT program, status, reason, detail, sum(count)::bigint, min(first_at), max(last_at)
FROM program_counts
WHERE ($1 = '' OR program = $1) AND (cardinality($2::text[]) = 0 OR status = ANY ($2))
GROUP BY program, status, reason, detail
HAVING sum(count) > 0
ORDER BY sum(count) DESC, program, status, reason, detail LIMIT $3`

// TopCodes counts jobs by program, status, reason and detail, from the rollup and since ever, the most frequent first.
func (s *Store) TopCodes(ctx context.Context, f CodeFilter) ([]CodeCount, error) {
	statuses := column(f.Statuses, func(s Status) string { return string(s) })

	counts, err := s.codes(ctx, topCodesSQL, f.Program, statuses, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("counting codes: %w", err)
	}

	return counts, nil
}
