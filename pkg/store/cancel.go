package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// Cancellation is an operator's word that what is not yet sent of a batch is not to be sent.
type Cancellation struct {
	At      time.Time // UTC; zero: not canceled
	By, Why string
}

// String says when, by whom and why.
func (c Cancellation) String() string {
	var b strings.Builder

	b.WriteString(c.At.UTC().Format("2006-01-02 15:04:05Z"))

	if c.By != "" {
		b.WriteString(" by " + c.By)
	}

	if c.Why != "" {
		b.WriteString(": " + c.Why)
	}

	return b.String()
}

// cancellationColumns are where canceled_at, canceled_by and cancel_reason go.
func cancellationColumns(c *Cancellation) []any {
	return []any{nullTime(&c.At), nullText(&c.By), nullText(&c.Why)}
}

// A batch that only messages name gets a row, of no program.
const cancelBatchSQL = `
INSERT INTO batches AS b (batch_id, program, started_at, canceled_by, canceled_at, cancel_reason, updated_at)
VALUES ($1, '', now(), $2, now(), $3, now())
ON CONFLICT (batch_id) DO UPDATE
SET canceled_at = coalesce(b.canceled_at, now()),
    canceled_by = CASE WHEN b.canceled_at IS NULL THEN excluded.canceled_by ELSE b.canceled_by END,
    cancel_reason = CASE WHEN b.canceled_at IS NULL THEN excluded.cancel_reason
                         ELSE coalesce(b.cancel_reason, excluded.cancel_reason) END,
    updated_at = now()
RETURNING canceled_at, canceled_by, cancel_reason`

// CancelBatch keeps an operator's word that what is not yet sent of a batch is
// not to be sent: from now on Begin answers its jobs with Canceled. Attempts that
// have begun may finish. The first word on a batch stands, and is returned; a reason
// that it lacks is added. The batch need not be known.
func (s *Store) CancelBatch(ctx context.Context, batchID, by, why string) (Cancellation, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var canceled Cancellation

	err := s.db.queryRow(ctx, cancelBatchSQL, []any{sanitize(batchID, maxName), zeronull.Text(sanitizeExternal(by, maxName)),
		zeronull.Text(sanitizeExternal(why, maxMessage))}, cancellationColumns(&canceled)...)
	if err != nil {
		return Cancellation{}, fmt.Errorf("canceling batch %s: %w", batchID, err)
	}

	canceled.At = canceled.At.UTC()

	return canceled, nil
}

const canceledSQL = `SELECT canceled_at, canceled_by, cancel_reason FROM batches WHERE batch_id = $1 AND canceled_at IS NOT NULL`

// Canceled returns the word that canceled a batch; its At is zero when there is none.
func (s *Store) Canceled(ctx context.Context, batchID string) (Cancellation, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var canceled Cancellation

	err := s.db.queryRow(ctx, canceledSQL, []any{batchID}, cancellationColumns(&canceled)...)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Cancellation{}, fmt.Errorf("reading batch %s: %w", batchID, err)
	}

	canceled.At = canceled.At.UTC()

	return canceled, nil
}

const cancellationsSQL = `
SELECT batch_id, canceled_at, canceled_by, cancel_reason FROM batches WHERE batch_id = ANY ($1) AND canceled_at IS NOT NULL`

// cancellations returns those of some batches that are canceled.
func (w *writer) cancellations(ctx context.Context, batches []string) (map[string]Cancellation, error) {
	rows, err := w.tx.Query(ctx, cancellationsSQL, batches)
	if err != nil {
		return nil, doing("looking for canceled batches", err)
	}

	var (
		id  string
		c   Cancellation
		all = map[string]Cancellation{}
	)

	_, err = pgx.ForEachRow(rows, append([]any{&id}, cancellationColumns(&c)...), func() error {
		c.At = c.At.UTC()
		all[id] = c

		return nil
	})
	if err != nil {
		return nil, doing("looking for canceled batches", err)
	}

	return all, nil
}

const doubtfulSQL = `
SELECT DISTINCT a.job_id
FROM unnest($1::text[], $3::integer[]) AS q (job_id, finishing)
JOIN attempts a ON a.job_id = q.job_id AND a.attempt <> q.finishing
WHERE a.started_at >= $2
  AND (a.finished_at IS NULL OR a.verdict IN (
    'unknown', 'submitted', 'enrolled', 'already_enrolled', 'unenrolled', 'updated', 'forgotten'))`

// clockSetBack is by how much Postgres' clock may have been set back since a job was first seen: its attempts look older then.
const clockSetBack = 48 * time.Hour

// doubtful returns those of some jobs without an outcome of which an attempt may have been processed all the
// same: nobody knows its result, or it came too late. Where a job's last attempt is being finished, that one does not count.
func (w *writer) doubtful(ctx context.Context, jobs []record, finishing bool) (map[string]bool, error) {
	doubtful := make(map[string]bool, len(jobs))
	if len(jobs) == 0 {
		return doubtful, nil
	}

	first, _ := span(column(jobs, func(r record) time.Time { return r.FirstSeenAt }))
	first = first.Add(-clockSetBack)

	rows, err := w.tx.Query(ctx, doubtfulSQL, column(jobs, func(r record) string { return r.JobID }), first,
		column(jobs, func(r record) int {
			if finishing {
				return r.Attempts
			}

			return 0
		}))
	if err != nil {
		return nil, doing("reading attempts", err)
	}

	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, doing("reading attempts", err)
	}

	for _, id := range ids {
		doubtful[id] = true
	}

	return doubtful, nil
}
