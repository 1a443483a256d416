package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// JobFilter says which jobs are listed.
type JobFilter struct {
	// Statuses and Programs: jobs of any of each. Which statuses go together says JobPage.
	Statuses []Status
	Programs []string
	// Code is the reason or the detail of the failure; empty: any.
	Code string
	// Since and Until bound the time at which the job came to the status; zero: no bound.
	Since, Until time.Time

	// After is the last job of the page before; its zero value: the first page.
	After JobPlace
	Limit int
}

// JobPlace is where a job stands in a list.
type JobPlace struct {
	At    time.Time
	JobID string
}

// Listable reports whether Jobs lists those of a status: there is an index by it, as they are few. JobPage lists all others.
func (s Status) Listable() bool {
	switch s {
	case StatusRejected, StatusInvalid, StatusExpired, StatusConflict, StatusDead, StatusCanceled:
		return true
	default:
		return false
	}
}

// One index scan for each program and status, from the latest backwards.
const jobsSQL = `
SELECT ` + rowColumns + ` FROM unnest($1::text[]) AS p (of_program) CROSS JOIN unnest($2::text[]) AS s (of_status)
CROSS JOIN LATERAL (
	SELECT ` + rowColumns + ` FROM enrollments e
	WHERE e.program = p.of_program AND e.status = s.of_status
	  AND e.status IN ('in_doubt', 'rejected', 'invalid', 'expired', 'conflict', 'dead', 'canceled')
	  AND ($3 = '' OR e.error_reason = $3 OR e.error_detail = $3)
	  AND e.completed_at >= coalesce($4, '-infinity'::timestamptz) AND e.completed_at < coalesce($5, 'infinity'::timestamptz)
	  AND (e.completed_at, e.job_id) < (coalesce($6, 'infinity'::timestamptz), $7)
	ORDER BY e.completed_at DESC, e.job_id DESC LIMIT $8
) AS c
ORDER BY completed_at DESC, job_id DESC LIMIT $8`

// Jobs lists jobs that failed, those first that came to their status last.
func (s *Store) Jobs(ctx context.Context, f JobFilter) ([]Row, error) {
	for _, status := range f.Statuses {
		if !status.Listable() {
			return nil, fmt.Errorf("listing jobs: %w: there is no list of the status %s", ErrRequest,
				sanitizeExternal(string(status), maxCode))
		}
	}

	statuses := column(f.Statuses, func(s Status) string { return string(s) })

	all, err := list(ctx, s, jobsSQL, []any{
		f.Programs, statuses, f.Code, zeronull.Timestamptz(f.Since), zeronull.Timestamptz(f.Until),
		zeronull.Timestamptz(f.After.At), f.After.JobID, f.Limit,
	}, scanRow)
	if err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}

	return all, nil
}
