package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Overdue is a job that should have been taken up and was not: its retry is due,
// its attempt's lease has run out, it is pending, or its batch
// should have a result by now. Mostly its message waits in
// the queue; if that is gone, nobody but MarkLost will ever end it.
type Overdue struct {
	JobID, Program string

	Status   Status    // StatusRetrying, StatusInProgress, StatusPending or StatusSubmitted
	DueAt    time.Time // when the retry or the result was due, the lease ran out or, pending, the row last changed
	Attempts int
	Redriven int

	FirstSeenAt time.Time // UTC, as all times
	UpdatedAt   time.Time

	APIBatchID string // of one that is submitted
}

// Each part reads the first rows of its index, which holds only rows of that status.
const overdueSQL = `
SELECT job_id, program, status, due_at, attempts, redriven, first_seen_at, updated_at, api_batch_id FROM (
	(SELECT job_id, program, status, next_attempt_at AS due_at, attempts, redriven, first_seen_at, updated_at, api_batch_id
	 FROM enrollments
	 WHERE status = 'retrying' AND next_attempt_at < now() - $1::interval
	   AND next_attempt_at >= $2 AND (next_attempt_at, job_id) > ($2, $3)
	 ORDER BY next_attempt_at, job_id LIMIT $4)
	UNION ALL
	(SELECT job_id, program, status, lease_until, attempts, redriven, first_seen_at, updated_at, api_batch_id
	 FROM enrollments
	 WHERE status = 'in_progress' AND lease_until < now() - $1::interval
	   AND lease_until >= $2 AND (lease_until, job_id) > ($2, $3)
	 ORDER BY lease_until, job_id LIMIT $4)
	UNION ALL
	(SELECT job_id, program, status, updated_at, attempts, redriven, first_seen_at, updated_at, api_batch_id
	 FROM enrollments
	 WHERE status = 'pending' AND updated_at < now() - $1::interval
	   AND updated_at >= $2 AND (updated_at, job_id) > ($2, $3)
	 ORDER BY updated_at, job_id LIMIT $4)
	UNION ALL
	(SELECT job_id, program, status, next_attempt_at, attempts, redriven, first_seen_at, updated_at, api_batch_id
	 FROM enrollments
	 WHERE status = 'submitted' AND next_attempt_at < now() - $1::interval
	   AND next_attempt_at >= $2 AND (next_attempt_at, job_id) > ($2, $3)
	 ORDER BY next_attempt_at, job_id LIMIT $4)
) AS o
ORDER BY due_at, job_id LIMIT $4`

// Overdue returns up to limit jobs that are overdue for longer than the time
// given, by Postgres' clock: the longest overdue first, beginning after a job
// that an earlier call returned, or with the first for the zero value.
func (s *Store) Overdue(ctx context.Context, olderThan time.Duration, after Overdue, limit int) ([]Overdue, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var overdue []Overdue

	err := s.db.forEach(ctx, overdueSQL, []any{olderThan, after.DueAt, after.JobID, limit}, func(row pgx.Rows) error {
		var o Overdue

		err := row.Scan(&o.JobID, &o.Program, &o.Status, &o.DueAt, &o.Attempts, &o.Redriven, &o.FirstSeenAt, &o.UpdatedAt,
			nullText(&o.APIBatchID))
		o.DueAt, o.FirstSeenAt, o.UpdatedAt = o.DueAt.UTC(), o.FirstSeenAt.UTC(), o.UpdatedAt.UTC()
		overdue = append(overdue, o)

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the jobs that are overdue: %w", err)
	}

	return overdue, nil
}

// overdue is what Overdue returns of the row.
func (r *record) overdue() Overdue {
	o := Overdue{
		JobID: r.JobID, Program: r.Program, Status: r.Status, Attempts: r.Attempts, Redriven: r.Redriven,
		FirstSeenAt: r.FirstSeenAt, UpdatedAt: r.UpdatedAt, APIBatchID: r.APIBatchID,
	}

	switch r.Status {
	case StatusRetrying, StatusSubmitted:
		o.DueAt = r.nextAttemptAt
	case StatusInProgress:
		o.DueAt = r.leaseUntil
	default:
		o.DueAt = r.UpdatedAt
	}

	return o
}

func (o Overdue) same(other Overdue) bool {
	return o.JobID == other.JobID && o.Status == other.Status && o.DueAt.Equal(other.DueAt) && o.Attempts == other.Attempts &&
		o.Redriven == other.Redriven && o.UpdatedAt.Equal(other.UpdatedAt)
}
