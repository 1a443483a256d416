package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// EndedScope says which jobs that have ended are meant: those of programs, of one batch, or of one consumer.
type EndedScope struct {
	Programs []string  // with a batch or a consumer empty for all
	From     time.Time // only jobs of programs that ended then or later; zero for all
	Before   time.Time // only jobs that ended before

	Batch    string
	Consumer string // the issuer's own key
}

// EndedJob is a job that has ended.
type EndedJob struct {
	JobID, Program string
	CompletedAt    time.Time
}

// Jobs that ended, page by page in the order in which they did. Each program is a range of its index.
const endedSQL = `
SELECT p.job_id, p.program, p.completed_at
FROM unnest($1::text[]) AS q (program)
CROSS JOIN LATERAL (
	SELECT job_id, program, completed_at FROM enrollments e
	WHERE e.program = q.program AND e.completed_at < $2 AND e.completed_at >= $3 AND (e.completed_at, e.job_id) > ($3, $4)
	ORDER BY e.completed_at, e.job_id LIMIT $5
) AS p
ORDER BY p.completed_at, p.job_id LIMIT $5`

// The rows of a batch are read from its beginning each time: those that were read before are purged.
const endedOfBatchSQL = `
SELECT job_id, program, completed_at FROM enrollments
WHERE batch_id = $1 AND completed_at < $2 AND (cardinality($3::text[]) = 0 OR program = ANY ($3)) LIMIT $4`

// The jobs of a consumer are those that name them, and those that name by a key of the issuer's or of Mastercard's what the
// first have enrolled: a card, or the consumer. One that names another consumer is that one's. They come first: it is by the
// others that they are found, should the purge be interrupted.
const ofConsumerSQL = `
WITH own AS MATERIALIZED (
	SELECT job_id, program, completed_at, external_card_id, src_consumer_id, src_digital_card_id
	FROM enrollments WHERE external_consumer_id = $1 AND (cardinality($2::text[]) = 0 OR program = ANY ($2))
), cards AS (
	SELECT DISTINCT program, external_card_id FROM own WHERE external_card_id IS NOT NULL
), subjects AS (
	SELECT program, 'consumer/' || src_consumer_id AS subject FROM own WHERE src_consumer_id IS NOT NULL
	UNION
	SELECT program, 'card/' || src_digital_card_id FROM own WHERE src_digital_card_id IS NOT NULL
)
SELECT job_id, program, completed_at, 1 AS turn FROM (
	SELECT e.job_id, e.program, e.completed_at
	FROM cards c CROSS JOIN LATERAL (
		SELECT job_id, program, completed_at FROM enrollments
		WHERE external_card_id = c.external_card_id AND program = c.program AND external_consumer_id IS NULL OFFSET 0) AS e
	UNION
	SELECT e.job_id, e.program, e.completed_at
	FROM subjects s CROSS JOIN LATERAL (
		SELECT job_id, program, completed_at FROM enrollments
		WHERE program = s.program AND subject = s.subject AND external_consumer_id IS NULL OFFSET 0) AS e
) AS linked
UNION ALL
SELECT job_id, program, completed_at, 2 FROM own
ORDER BY turn, job_id`

// EndedJobs returns a page of the jobs of a scope of programs or of a batch that ended before its time: those that ended first
// come first, beginning after one of an earlier page, or with the first for the zero value. Those of a batch come in no order,
// and are to be purged before the next page.
func (s *Store) EndedJobs(ctx context.Context, scope EndedScope, after EndedJob, limit int) ([]EndedJob, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	after = scope.begin(after)

	sql, args := endedSQL, []any{scope.Programs, scope.Before, after.CompletedAt.UTC(), after.JobID, limit}
	if scope.Batch != "" {
		sql, args = endedOfBatchSQL, []any{scope.Batch, scope.Before, scope.programs(), limit}
	}

	var ended []EndedJob

	err := s.db.forEach(ctx, sql, args, func(row pgx.Rows) error {
		var e EndedJob

		err := row.Scan(&e.JobID, &e.Program, &e.CompletedAt)
		e.CompletedAt = e.CompletedAt.UTC()
		ended = append(ended, e)

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the jobs that ended before %s: %w", scope.Before.UTC().Format(time.RFC3339), err)
	}

	return ended, nil
}

// begin is the job after which a page begins.
func (s EndedScope) begin(after EndedJob) EndedJob {
	if after.CompletedAt.Before(s.From) {
		return EndedJob{CompletedAt: s.From}
	}

	return after
}

// programs is no NULL.
func (s EndedScope) programs() []string {
	if s.Programs == nil {
		return []string{}
	}

	return s.Programs
}

// OfConsumer returns the jobs of the scope's consumer in the order in which they are to be purged, and how many of them have
// not ended before its time.
func (s *Store) OfConsumer(ctx context.Context, scope EndedScope) (ended []EndedJob, left int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	err = s.db.forEach(ctx, ofConsumerSQL, []any{scope.Consumer, scope.programs()}, func(row pgx.Rows) error {
		var (
			e    EndedJob
			turn int
		)

		if err := row.Scan(&e.JobID, &e.Program, nullTime(&e.CompletedAt), &turn); err != nil {
			return err
		}

		if e.CompletedAt.IsZero() || !e.CompletedAt.Before(scope.Before) {
			left++
			return nil
		}

		e.CompletedAt = e.CompletedAt.UTC()
		ended = append(ended, e)

		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("reading the jobs of a consumer: %w", err)
	}

	return ended, left, nil
}

const (
	oldestEndedSQL = `
SELECT completed_at FROM enrollments WHERE program = $1 AND completed_at IS NOT NULL ORDER BY completed_at LIMIT 1`

	countEndedSQL = `SELECT count(*) FROM enrollments WHERE program = $1 AND completed_at >= $2 AND completed_at < $3`

	countOfBatchSQL = `
SELECT count(*) FROM enrollments
WHERE batch_id = $1 AND completed_at < $2 AND (cardinality($3::text[]) = 0 OR program = ANY ($3))`
)

// CountEnded counts the jobs of a scope of programs or of a batch that ended before its time. It reads their index day by day.
func (s *Store) CountEnded(ctx context.Context, scope EndedScope) (int64, error) {
	if scope.Batch != "" {
		return s.count(ctx, countOfBatchSQL, scope.Batch, scope.Before, scope.programs())
	}

	const day = 24 * time.Hour

	var all int64

	for _, program := range scope.Programs {
		from, err := s.OldestEnded(ctx, program)
		if err != nil {
			return 0, err
		}

		if !from.IsZero() && from.Before(scope.From) {
			from = scope.From
		}

		for ; !from.IsZero() && from.Before(scope.Before); from = from.Add(day) {
			until := from.Add(day)
			if until.After(scope.Before) {
				until = scope.Before
			}

			n, err := s.count(ctx, countEndedSQL, program, from, until)
			if err != nil {
				return 0, err
			}

			all += n
		}
	}

	return all, nil
}

func (s *Store) count(ctx context.Context, sql string, args ...any) (n int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	if err := s.db.queryRow(ctx, sql, args, &n); err != nil {
		return 0, fmt.Errorf("counting jobs: %w", err)
	}

	return n, nil
}

// OldestEnded returns when the job of a program ended that did first of those that have a row; zero: there is none.
func (s *Store) OldestEnded(ctx context.Context, program string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var oldest time.Time

	err := s.db.forEach(ctx, oldestEndedSQL, []any{program}, func(row pgx.Rows) error { return row.Scan(&oldest) })
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the oldest job of %s: %w", program, err)
	}

	return oldest.UTC(), nil
}

const (
	programsSQL = `SELECT DISTINCT program FROM program_counts ORDER BY program`

	notEndedSQL = `
SELECT coalesce(sum(count), 0)::bigint FROM program_counts
WHERE program = ANY ($1) AND status IN ('in_progress', 'pending', 'retrying', 'submitted', 'in_doubt')`

	notEndedOfBatchSQL = `
SELECT coalesce(sum(count), 0)::bigint FROM batch_counts
WHERE batch_id = $1 AND status IN ('in_progress', 'pending', 'retrying', 'submitted', 'in_doubt')`
)

// Programs returns the programs of which workers have seen jobs.
func (s *Store) Programs(ctx context.Context) ([]string, error) {
	all, err := list(ctx, s, programsSQL, nil, func(row pgx.Rows, program *string) error { return row.Scan(program) })
	if err != nil {
		return nil, fmt.Errorf("listing the programs: %w", err)
	}

	return all, nil
}

// NotEnded counts, from the rollups, the jobs of a scope of programs or of a batch that have not ended, whatever their age.
func (s *Store) NotEnded(ctx context.Context, scope EndedScope) (int64, error) {
	if scope.Batch != "" {
		return s.count(ctx, notEndedOfBatchSQL, scope.Batch)
	}

	return s.count(ctx, notEndedSQL, scope.Programs)
}
