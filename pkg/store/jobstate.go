package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// JobState is a job's row with what its current or last attempt left in it.
type JobState struct {
	Row

	Worker, TraceID  string    // of the current or last attempt
	QueuedAt         time.Time // when the queue took the job, by the queue's clock; zero where the row does not say
	AttemptStartedAt time.Time // UTC, as all times; zero for none
	LeaseUntil       time.Time // zero unless in progress
	RedrivenAt       time.Time // zero: never
	Charged          int       // attempts that count against the limit

	At time.Time // when the row was read, by the clock of Postgres, as the others
}

// A Key is what jobs can be found by.
type Key string

// The keys by which there is an index.
const (
	KeyJob              Key = "job_id" // with the rows of other content that came under the id
	KeyExternalCard     Key = "external_card_id"
	KeyExternalConsumer Key = "external_consumer_id"
	KeyCardID           Key = "src_digital_card_id"
	KeyCorrelation      Key = "src_correlation_id"
	KeyTrace            Key = "trace_id" // of the current or last attempt
)

const jobStateSQL = `
SELECT ` + rowColumns + `, worker, trace_id, attempt_started_at, lease_until, redriven_at, charged, queued_at, now()
FROM enrollments
WHERE `

// jobStateOrder has those that are found first come first that were seen last.
const jobStateOrder = ` ORDER BY first_seen_at DESC, job_id LIMIT $2`

// stateQueries are the statements by key; each uses an index.
func stateQueries() map[Key]string {
	return map[Key]string{
		// A conflict has a row of its own, under the job's id, a ~ and some hex digits.
		KeyJob:              jobStateSQL + `job_id = $1 OR job_id > $1 || '~' AND job_id < $1 || '~g'` + jobStateOrder,
		KeyExternalCard:     jobStateSQL + `external_card_id = $1` + jobStateOrder,
		KeyExternalConsumer: jobStateSQL + `external_consumer_id = $1` + jobStateOrder,
		KeyCardID:           jobStateSQL + `src_digital_card_id = $1` + jobStateOrder,
		KeyCorrelation:      jobStateSQL + `src_correlation_id = $1` + jobStateOrder,
		KeyTrace:            jobStateSQL + `trace_id = $1` + jobStateOrder,
	}
}

// Find returns up to limit jobs with a value of a key, those that were seen last first.
func (s *Store) Find(ctx context.Context, by Key, value string, limit int) ([]JobState, error) {
	sql, known := stateQueries()[by]
	if !known {
		return nil, fmt.Errorf("finding jobs: %w: there is no index by %q", ErrRequest, string(by))
	}

	if value != sanitize(value, maxName) { // none is kept like that
		return nil, nil
	}

	found, err := s.jobStates(ctx, sql, value, limit)
	if err != nil {
		return nil, fmt.Errorf("finding jobs by %s: %w", by, err)
	}

	return found, nil
}

const cardStateSQL = jobStateSQL + `pan_hmac = ANY ($1)` + jobStateOrder

// FindCardJobs returns up to limit jobs of a card by its keyed hashes, one for each key that may have made those that are kept:
// those that were seen last first.
func (s *Store) FindCardJobs(ctx context.Context, hashes [][]byte, limit int) ([]JobState, error) {
	found, err := s.jobStates(ctx, cardStateSQL, hashes, limit)
	if err != nil {
		return nil, fmt.Errorf("finding the jobs of a card: %w", err)
	}

	return found, nil
}

func (s *Store) jobStates(ctx context.Context, sql string, value any, limit int) ([]JobState, error) {
	return list(ctx, s, sql, []any{value, limit}, func(row pgx.Rows, one *JobState) error {
		err := one.Row.scan(row, nullText(&one.Worker), nullText(&one.TraceID), nullTime(&one.AttemptStartedAt),
			nullTime(&one.LeaseUntil), nullTime(&one.RedrivenAt), &one.Charged, nullTime(&one.QueuedAt), &one.At)

		for _, t := range []*time.Time{&one.AttemptStartedAt, &one.LeaseUntil, &one.RedrivenAt, &one.QueuedAt, &one.At} {
			*t = t.UTC()
		}

		return err
	})
}
