package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// Attempt is one call of the API for a job.
type Attempt struct {
	Number     int
	Worker     string
	StartedAt  time.Time // UTC, as all times
	FinishedAt time.Time // zero: there is no result, or none yet
	Verdict    string    // empty: as FinishedAt
	Late       bool      // the result came when the job was no longer this attempt's
	HTTPStatus int       // zero: no answer
	Failure    Failure

	SrcCorrelationID, TraceID string
}

// mostAttempts bounds the attempts of a job that are read: those that are throttled are charged to nobody, and may be many.
const mostAttempts = 1000

// By the primary key, the last ones first.
const attemptsSQL = `
SELECT attempt, worker, started_at, finished_at, verdict, late, http_status,
	error_source, error_reason, error_detail, error_field, error_message, src_correlation_id, trace_id
FROM attempts WHERE job_id = $1
ORDER BY attempt DESC, started_at DESC LIMIT $2`

// Attempts returns the calls for a job, the last one first; of very many the last 1,000.
func (s *Store) Attempts(ctx context.Context, jobID string) ([]Attempt, error) {
	attempts, err := list(ctx, s, attemptsSQL, []any{jobID, mostAttempts}, func(row pgx.Rows, a *Attempt) error {
		var httpStatus zeronull.Int4

		err := row.Scan(&a.Number, nullText(&a.Worker), &a.StartedAt, nullTime(&a.FinishedAt), nullText(&a.Verdict), &a.Late,
			&httpStatus,
			nullText(&a.Failure.Source), nullText(&a.Failure.Reason), nullText(&a.Failure.Detail), nullText(&a.Failure.Field),
			nullText(&a.Failure.Message), nullText(&a.SrcCorrelationID), nullText(&a.TraceID))
		a.HTTPStatus = int(httpStatus)
		a.StartedAt, a.FinishedAt = a.StartedAt.UTC(), a.FinishedAt.UTC()

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the attempts of a job: %w", err)
	}

	return attempts, nil
}
