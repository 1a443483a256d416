package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// Row is a job as it is listed: its outcome, its card as far as that may be shown, and its next attempt.
type Row struct {
	Outcome

	PANFirst6, PANLast4 string    // empty where there is no card, or its seal could not be opened
	NextAttemptAt       time.Time // zero unless retrying or submitted
}

const rowColumns = `job_id, program, batch_id, external_consumer_id, external_card_id, operation, status,
	error_source, error_reason, error_detail, error_field, error_message, http_status,
	src_digital_card_id, src_correlation_id, token_unique_reference, attempts, redriven, first_seen_at, completed_at,
	updated_at, pan_first6, pan_last4, next_attempt_at, api_batch_id`

const (
	rowsSQL = `SELECT ` + rowColumns + ` FROM enrollments WHERE job_id = ANY ($1)`

	// A conflict has a row of its own, under the job's id, a ~ and some hex digits.
	conflictsSQL = `
SELECT ` + rowColumns + `
FROM unnest($1::text[]) AS q (id)
CROSS JOIN LATERAL (
	SELECT ` + rowColumns + ` FROM enrollments e
	WHERE e.job_id > q.id || '~' AND e.job_id < q.id || '~g'
	ORDER BY e.job_id LIMIT 1
) AS c`
)

// Rows returns the rows of some jobs by their ids, without those that no worker has seen.
func (s *Store) Rows(ctx context.Context, ids []string) (map[string]Row, error) {
	found, err := s.rows(ctx, rowsSQL, ids)
	if err != nil {
		return nil, fmt.Errorf("reading jobs: %w", err)
	}

	return found, nil
}

// Conflicts returns, by the ids that were used twice, the rows of those jobs that came with other content than the first.
func (s *Store) Conflicts(ctx context.Context, ids []string) (map[string]Row, error) {
	found, err := s.rows(ctx, conflictsSQL, ids)
	if err != nil {
		return nil, fmt.Errorf("reading conflicts: %w", err)
	}

	byID := make(map[string]Row, len(found))

	for id, row := range found {
		if asked, _, _ := strings.Cut(id, "~"); row.Status == StatusConflict {
			byID[asked] = row
		}
	}

	return byID, nil
}

func (s *Store) rows(ctx context.Context, sql string, ids []string) (map[string]Row, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	found := make(map[string]Row, len(ids))

	err := s.db.forEach(ctx, sql, []any{ids}, func(r pgx.Rows) error {
		var row Row
		if err := row.scan(r); err != nil {
			return err
		}

		found[row.JobID] = row

		return nil
	})

	return found, err
}

// scanRow reads rowColumns.
func scanRow(row pgx.Rows, into *Row) error { return into.scan(row) }

// scan reads rowColumns, and the columns behind them that more takes. All times are UTC.
func (r *Row) scan(row pgx.Row, more ...any) error {
	var httpStatus zeronull.Int4

	err := row.Scan(append([]any{
		&r.JobID, &r.Program, nullText(&r.BatchID), nullText(&r.ExternalConsumerID), nullText(&r.ExternalCardID),
		&r.Operation, &r.Status,
		nullText(&r.Failure.Source), nullText(&r.Failure.Reason), nullText(&r.Failure.Detail), nullText(&r.Failure.Field),
		nullText(&r.Failure.Message), &httpStatus,
		nullText(&r.SrcDigitalCardID), nullText(&r.SrcCorrelationID), nullText(&r.TokenUniqueReference),
		&r.Attempts, &r.Redriven, nullTime(&r.FirstSeenAt), nullTime(&r.CompletedAt),
		&r.UpdatedAt, nullText(&r.PANFirst6), nullText(&r.PANLast4), nullTime(&r.NextAttemptAt),
		nullText(&r.APIBatchID),
	}, more...)...)

	r.HTTPStatus = int(httpStatus)
	r.FirstSeenAt, r.CompletedAt, r.NextAttemptAt = r.FirstSeenAt.UTC(), r.CompletedAt.UTC(), r.NextAttemptAt.UTC()
	r.UpdatedAt = r.UpdatedAt.UTC()

	return err
}
