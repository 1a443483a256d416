package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

const lockSQL = `SELECT now(), ` + recordColumns + ` FROM enrollments WHERE job_id = ANY ($1) FOR UPDATE SKIP LOCKED`

// lock returns the rows of some jobs but for those that another transaction holds.
func (w *writer) lock(ctx context.Context, ids []string) (map[string]record, error) {
	rows, err := w.tx.Query(ctx, lockSQL, ids)
	if err != nil {
		return nil, doing("locking jobs", err)
	}
	defer rows.Close()

	found := make(map[string]record, len(ids))

	for rows.Next() {
		var row record
		if err := row.scan(rows, &w.now); err != nil {
			return nil, doing("reading jobs", err)
		}

		w.now = w.now.UTC()
		found[row.JobID] = row
	}

	if err := rows.Err(); err != nil {
		return nil, doing("locking jobs", err)
	}

	return found, nil
}

// absent returns which of some jobs have no row at all.
func (w *writer) absent(ctx context.Context, ids []string, found map[string]record) (map[string]bool, error) {
	var missing []string

	for _, id := range ids {
		if _, ok := found[id]; !ok {
			missing = append(missing, id)
		}
	}

	absent := make(map[string]bool, len(missing))
	if len(missing) == 0 {
		return absent, nil
	}

	rows, err := w.tx.Query(ctx, `SELECT job_id FROM enrollments WHERE job_id = ANY ($1)`, missing)
	if err != nil {
		return nil, doing("looking for jobs", err)
	}

	present, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, doing("looking for jobs", err)
	}

	for _, id := range missing {
		absent[id] = true
	}

	for _, id := range present {
		delete(absent, id)
	}

	return absent, nil
}

const resultsSQL = `
SELECT a.job_id, a.verdict, a.late, a.error_source, a.error_reason
FROM attempts a
JOIN unnest($1::text[], $2::integer[], $3::timestamptz[]) AS q (job_id, attempt, started_at)
  ON a.job_id = q.job_id AND a.attempt = q.attempt AND a.started_at = q.started_at
WHERE a.finished_at IS NOT NULL AND a.started_at BETWEEN $4 AND $5`

// results returns what is known of the requests' attempts by job, nothing for those without a result.
func (w *writer) results(ctx context.Context, requests []*FinishRequest) (map[string]*attemptResult, error) {
	results := make(map[string]*attemptResult, len(requests))
	if len(requests) == 0 {
		return results, nil
	}

	starts := column(requests, func(q *FinishRequest) time.Time { return q.StartedAt })
	from, to := span(starts)

	rows, err := w.tx.Query(ctx, resultsSQL,
		column(requests, func(q *FinishRequest) string { return q.JobID }),
		column(requests, func(q *FinishRequest) int { return q.Attempt }), starts, from, to)
	if err != nil {
		return nil, doing("reading attempts", err)
	}
	defer rows.Close()

	for rows.Next() {
		var (
			r       attemptResult
			verdict zeronull.Text
		)
		if err := rows.Scan(&r.jobID, &verdict, &r.late, nullText(&r.failure.Source), nullText(&r.failure.Reason)); err != nil {
			return nil, doing("reading attempts", err)
		}

		r.verdict = string(verdict)
		results[r.jobID] = &r
	}

	if err := rows.Err(); err != nil {
		return nil, doing("reading attempts", err)
	}

	return results, nil
}

// span returns the first and last of some times. Given to a query on attempts beside
// the times themselves, it lets Postgres leave out the partitions of other months.
func span(times []time.Time) (first, last time.Time) {
	first, last = times[0], times[0]
	for _, t := range times[1:] {
		if t.Before(first) {
			first = t
		}

		if t.After(last) {
			last = t
		}
	}

	return first, last
}
