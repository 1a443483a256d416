package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

const inDoubtSQL = `
SELECT ` + rowColumns + ` FROM enrollments
WHERE status = 'in_doubt' AND (updated_at, job_id) > (coalesce($1, '-infinity'::timestamptz), $2)
ORDER BY updated_at, job_id LIMIT $3`

// InDoubt lists the jobs that wait for an operator, those first that wait longest. After is the last one of an earlier call,
// by the time at which its row last changed; its zero value: the first page.
func (s *Store) InDoubt(ctx context.Context, after JobPlace, limit int) ([]Row, error) {
	all, err := list(ctx, s, inDoubtSQL, []any{zeronull.Timestamptz(after.At), after.JobID, limit}, scanRow)
	if err != nil {
		return nil, fmt.Errorf("listing jobs in doubt: %w", err)
	}

	return all, nil
}
