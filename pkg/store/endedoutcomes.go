package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// The rows behind a page of endedSQL.
const endedOutcomesSQL = `
SELECT ` + recordColumns + `
FROM unnest($1::text[]) AS q (asked)
CROSS JOIN LATERAL (
	SELECT ` + recordColumns + ` FROM enrollments e
	WHERE e.program = q.asked AND e.completed_at < $2 AND e.completed_at >= $3 AND (e.completed_at, e.job_id) > ($3, $4)
	ORDER BY e.completed_at, e.job_id LIMIT $5
) AS p
ORDER BY completed_at, job_id LIMIT $5`

// EndedOutcomes is EndedJobs with all that the rows of jobs of programs say.
func (s *Store) EndedOutcomes(ctx context.Context, scope EndedScope, after EndedJob, limit int) ([]Outcome, error) {
	after = scope.begin(after)

	outcomes, err := list(ctx, s, endedOutcomesSQL,
		[]any{scope.Programs, scope.Before, after.CompletedAt.UTC(), after.JobID, limit},
		func(row pgx.Rows, outcome *Outcome) error {
			var r record

			err := r.scan(row)
			*outcome = r.Outcome

			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading the jobs that ended since %s: %w", scope.From.UTC().Format(time.RFC3339), err)
	}

	return outcomes, nil
}
