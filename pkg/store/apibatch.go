package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// APIBatch is a batch of Mastercard's API: many jobs that were submitted in one call, whose results are asked for later. Its
// jobs have its id in Outcome.APIBatchID. It is for who looks: what becomes of a job is decided by the job's own row.
type APIBatch struct {
	Program, ID string

	Worker      string    // that submitted it
	Records     int       // jobs that were in the call
	SubmittedAt time.Time // UTC by Postgres' clock, as all times

	Polls      int       // how often the API was asked for its results
	PolledAt   time.Time // when last; zero: not yet
	NextPollAt time.Time // zero once no job waits for it
	APIStatus  string    // as the API named it then

	CompletedAt time.Time // when the last job had its result; zero: some wait
}

const saveAPIBatchSQL = `
INSERT INTO api_batches AS b (program, api_batch_id, worker, records, submitted_at, next_poll_at)
VALUES ($1, $2, $3, $4, now(), now() + $5::interval)
ON CONFLICT (program, api_batch_id) DO UPDATE SET records = greatest(b.records, excluded.records)
RETURNING submitted_at`

// SaveAPIBatch notes that the API has taken a batch, whose results are first asked for after the wait, and returns since when
// by Postgres' clock. The same batch again changes nothing.
func (s *Store) SaveAPIBatch(ctx context.Context, b APIBatch, wait time.Duration) (submittedAt time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	err = s.db.queryRow(ctx, saveAPIBatchSQL, []any{
		sanitize(b.Program, maxName), sanitize(b.ID, maxName), zeronull.Text(sanitize(b.Worker, maxCode)),
		min(max(b.Records, 1), math.MaxInt32), wait,
	}, &submittedAt)
	if err != nil {
		return time.Time{}, fmt.Errorf("saving batch %s of the API: %w", sanitize(b.ID, maxName), err)
	}

	return submittedAt.UTC(), nil
}

// A poll message may hold a part of a batch's jobs only, so that its end is not the batch's: the jobs say.
const savePollSQL = `
UPDATE api_batches AS b
SET polls = b.polls + 1, polled_at = now(), api_status = $3,
    next_poll_at = CASE WHEN open.some THEN now() + $4::interval END,
    completed_at = CASE WHEN open.some THEN NULL ELSE coalesce(b.completed_at, now()) END
FROM (SELECT EXISTS (
	SELECT FROM enrollments WHERE api_batch_id = $2 AND program = $1 AND status = 'submitted') AS some) AS open
WHERE b.program = $1 AND b.api_batch_id = $2`

// SaveAPIPoll notes what the API said of a batch when it was asked for its results. What came of the jobs is to be committed
// before. Those that still wait are asked for after the wait.
func (s *Store) SaveAPIPoll(ctx context.Context, program, id, apiStatus string, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	err := s.db.tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, savePollSQL, sanitize(program, maxName), sanitize(id, maxName),
			zeronull.Text(sanitizeExternal(apiStatus, maxCode)), wait)

		return err
	})
	if err != nil {
		return fmt.Errorf("saving the poll of batch %s of the API: %w", sanitize(id, maxName), err)
	}

	return nil
}

const openAPIBatchesSQL = `
SELECT program, api_batch_id, worker, records, submitted_at, polls, polled_at, next_poll_at, api_status, completed_at
FROM api_batches WHERE completed_at IS NULL ORDER BY submitted_at LIMIT $1`

// OpenAPIBatches returns the batches of the API some of whose jobs have no result yet, those that wait longest first, up to
// limit.
func (s *Store) OpenAPIBatches(ctx context.Context, limit int) ([]APIBatch, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var all []APIBatch

	err := s.db.forEach(ctx, openAPIBatchesSQL, []any{limit}, func(row pgx.Rows) error {
		var b APIBatch

		err := row.Scan(&b.Program, &b.ID, nullText(&b.Worker), &b.Records, &b.SubmittedAt, &b.Polls, nullTime(&b.PolledAt),
			nullTime(&b.NextPollAt), nullText(&b.APIStatus), nullTime(&b.CompletedAt))
		b.SubmittedAt, b.PolledAt, b.NextPollAt = b.SubmittedAt.UTC(), b.PolledAt.UTC(), b.NextPollAt.UTC()
		all = append(all, b)

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the batches of the API: %w", err)
	}

	return all, nil
}

// SubmittedJobs is what of a program waits for results of batches.
type SubmittedJobs struct {
	Program string
	Batches int
	Jobs    int64
	Oldest  time.Duration // since the batch that waits longest was submitted, by Postgres' clock
}

const submittedJobsSQL = `
SELECT program, count(*)::int, coalesce(sum(waiting), 0)::bigint, max(age)
FROM api_batches_open GROUP BY program ORDER BY program`

// SubmittedJobs counts, by program, the jobs that wait for the result of a batch of the API. It reads the open batches alone.
func (s *Store) SubmittedJobs(ctx context.Context) ([]SubmittedJobs, error) {
	all, err := list(ctx, s, submittedJobsSQL, nil, func(row pgx.Rows, one *SubmittedJobs) error {
		return row.Scan(&one.Program, &one.Batches, &one.Jobs, &one.Oldest)
	})
	if err != nil {
		return nil, fmt.Errorf("counting the jobs that are submitted: %w", err)
	}

	return all, nil
}
