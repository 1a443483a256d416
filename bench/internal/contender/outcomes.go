package contender

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

const (
	createOutcomes = `CREATE TABLE outcomes (
		job_id text PRIMARY KEY, program text NOT NULL, status text NOT NULL, http_status int NOT NULL,
		src_digital_card_id text NOT NULL, src_correlation_id text NOT NULL, token_unique_reference text NOT NULL,
		completed_at timestamptz NOT NULL DEFAULT now())`
	insertOutcome = `INSERT INTO outcomes
		(job_id, program, status, http_status, src_digital_card_id, src_correlation_id, token_unique_reference)
		VALUES ($1, $2, 'enrolled', $3, $4, $5, $6) ON CONFLICT (job_id) DO NOTHING`
	countOutcomes = `SELECT count(*) FROM outcomes WHERE status = 'enrolled'`
)

func (h *handler) write(ctx context.Context, job jobs.Job, a mastercard.Answer) error {
	_, err := h.rows.Exec(ctx, insertOutcome,
		job.ID, job.Program, a.HTTPStatus, a.SrcDigitalCardID, a.SrcCorrelationID, a.TokenUniqueReference)
	if err != nil {
		return fmt.Errorf("writing the row of job %s: %w", job.ID, err)
	}

	return nil
}

// makeOutcomes makes the table of the contenders other than the product.
func (s Setup) makeOutcomes(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.Database)
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()

	if _, err := conn.Exec(ctx, createOutcomes); err != nil {
		return fmt.Errorf("making the table of outcomes: %w", err)
	}

	return nil
}

// fillWithTable is the Fill of those that take jobs from JetStream.
func fillWithTable(ctx context.Context, s Setup, sealed []jobs.Job) error {
	if err := s.makeOutcomes(ctx); err != nil {
		return err
	}

	return fillQueue(ctx, s, sealed)
}
