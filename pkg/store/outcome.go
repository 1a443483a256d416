package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Outcome is a job's row as it stands. The failure and HTTP status belong to the
// status: they are empty while an attempt is in progress.
type Outcome struct {
	JobID, Program, BatchID, ExternalConsumerID, ExternalCardID string

	Operation  string // one of the operations
	Status     Status
	Failure    Failure
	HTTPStatus int // zero: no answer

	SrcDigitalCardID, SrcCorrelationID, TokenUniqueReference string

	SrcConsumerID string // Mastercard's name for the consumer

	SrcFlowID string // goes back to the API with the job's next call

	APIBatchID string // the last batch of the API that the job was submitted in

	Consumers int // to how many consumers of Mastercard's a job that forgets has led who are not there any more

	SealedResult string // what the job gave that is not for a table, sealed for who may open it

	Attempts    int       // calls begun
	Redriven    int       // how often an operator had it tried again
	FirstSeenAt time.Time // UTC, as all times
	CompletedAt time.Time // zero unless the status is final
	UpdatedAt   time.Time // when the row last changed: of a job that waits for an operator, when it came to that
}

// Outcome reads a job's row. It reports false for a job that no worker has seen.
func (s *Store) Outcome(ctx context.Context, jobID string) (Outcome, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var (
		r     record
		found bool
	)

	err := s.db.forEach(ctx, `SELECT `+recordColumns+` FROM enrollments WHERE job_id = $1`, []any{jobID}, func(row pgx.Rows) error {
		found = true
		return r.scan(row)
	})
	if err != nil {
		return Outcome{}, false, fmt.Errorf("reading job %s: %w", jobID, err)
	}

	return r.Outcome, found, nil
}
