package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// writer gathers what one transaction changes and writes it in few round trips,
// always in this order, so that two of them cannot deadlock: enrollments,
// attempts, counts.
type writer struct {
	tx  pgx.Tx
	now time.Time // of the transaction, by Postgres' clock; set by insertOrLock and lock

	updated   []record
	opened    []record
	closed    []*attemptResult
	backfill  []Job
	concealed []Job
	counts    *counts
}

// transact runs f in a transaction and commits. Read committed, whatever the
// database's default: each statement sees what was committed before it, which
// rows locked by an earlier statement rely on.
func (s *Store) transact(ctx context.Context, f func(*writer) error) error {
	return s.db.tx(ctx, func(tx pgx.Tx) error {
		// One connection, one shard: transactions that run at once have different connections.
		shard := int(tx.Conn().PgConn().PID()) % s.shards
		w := &writer{tx: tx, counts: newCounts(shard)}
		err := f(w)
		s.clock.set(w.now)

		return err
	})
}

// apply takes a transition into what is to be written.
func (w *writer) apply(before record, t transition) {
	if t.closed != nil {
		w.closed = append(w.closed, t.closed)
	}

	if t.opened {
		w.opened = append(w.opened, t.after)
	}

	if t.backfill != nil {
		w.backfill = append(w.backfill, *t.backfill)
	}

	if t.concealed != nil {
		w.concealed = append(w.concealed, *t.concealed)
	}

	if t.changed {
		w.updated = append(w.updated, t.after)
		w.counts.move(before, t.after, w.now)
	}
}

// flush writes everything.
func (w *writer) flush(ctx context.Context) error {
	batch := &pgx.Batch{}
	w.updateEnrollments(batch)
	w.backfillCards(batch)
	w.conceal(batch)
	w.closeAttempts(batch)
	w.openAttempts(batch)
	w.counts.write(batch)

	if batch.Len() == 0 {
		return nil
	}

	if err := w.tx.SendBatch(ctx, batch).Close(); err != nil {
		return doing("writing", err)
	}

	return nil
}

// The whole changing part of a row is written: it is locked, so nobody else has changed it.
const updateEnrollmentsSQL = `
UPDATE enrollments AS e
SET status = n.status, error_source = n.error_source, error_reason = n.error_reason, error_detail = n.error_detail,
    error_field = n.error_field, error_message = n.error_message, http_status = n.http_status,
    src_digital_card_id = n.src_digital_card_id, src_correlation_id = n.src_correlation_id,
    token_unique_reference = n.token_unique_reference, src_flow_id = n.src_flow_id, attempts = n.attempts,
    charged = n.charged, worker = n.worker, trace_id = n.trace_id, attempt_started_at = n.attempt_started_at,
    lease_until = n.lease_until, next_attempt_at = n.next_attempt_at, completed_at = n.completed_at,
    redriven = n.redriven, redriven_at = n.redriven_at, api_batch_id = n.api_batch_id,
    src_consumer_id = n.src_consumer_id, sealed_result = n.sealed_result, consumers = n.consumers,
    updated_at = now()
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::integer[], $14::integer[], $15::text[], $16::text[],
            $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $21::integer[], $22::timestamptz[],
            $23::text[], $24::text[], $25::text[], $26::integer[])
  AS n (job_id, status, error_source, error_reason, error_detail, error_field, error_message, http_status,
        src_digital_card_id, src_correlation_id, token_unique_reference, src_flow_id, attempts, charged, worker, trace_id,
        attempt_started_at, lease_until, next_attempt_at, completed_at, redriven, redriven_at, api_batch_id, src_consumer_id,
        sealed_result, consumers)
WHERE e.job_id = n.job_id`

func (w *writer) updateEnrollments(batch *pgx.Batch) {
	if len(w.updated) == 0 {
		return
	}

	updated := pointers(w.updated)

	batch.Queue(updateEnrollmentsSQL,
		nullableTexts(updated, func(r *record) string { return r.JobID }),
		nullableTexts(updated, func(r *record) string { return string(r.Status) }),
		nullableTexts(updated, func(r *record) string { return r.Failure.Source }),
		nullableTexts(updated, func(r *record) string { return r.Failure.Reason }),
		nullableTexts(updated, func(r *record) string { return r.Failure.Detail }),
		nullableTexts(updated, func(r *record) string { return r.Failure.Field }),
		nullableTexts(updated, func(r *record) string { return r.Failure.Message }),
		column(updated, func(r *record) *int { return orNull(r.HTTPStatus) }),
		nullableTexts(updated, func(r *record) string { return r.SrcDigitalCardID }),
		nullableTexts(updated, func(r *record) string { return r.SrcCorrelationID }),
		nullableTexts(updated, func(r *record) string { return r.TokenUniqueReference }),
		nullableTexts(updated, func(r *record) string { return r.SrcFlowID }),
		column(updated, func(r *record) int { return r.Attempts }),
		column(updated, func(r *record) int { return r.charged }),
		nullableTexts(updated, func(r *record) string { return r.worker }),
		nullableTexts(updated, func(r *record) string { return r.traceID }),
		nullableTimes(updated, func(r *record) time.Time { return r.attemptStartedAt }),
		nullableTimes(updated, func(r *record) time.Time { return r.leaseUntil }),
		nullableTimes(updated, func(r *record) time.Time { return r.nextAttemptAt }),
		nullableTimes(updated, func(r *record) time.Time { return r.CompletedAt }),
		column(updated, func(r *record) int { return r.Redriven }),
		nullableTimes(updated, func(r *record) time.Time { return r.redrivenAt }),
		nullableTexts(updated, func(r *record) string { return r.APIBatchID }),
		nullableTexts(updated, func(r *record) string { return r.SrcConsumerID }),
		nullableTexts(updated, func(r *record) string { return r.SealedResult }),
		column(updated, func(r *record) *int { return orNull(r.Consumers) }))
}

const closeAttemptsSQL = `
UPDATE attempts AS a
SET finished_at = now(), verdict = n.verdict, late = n.late, http_status = n.http_status,
    error_source = n.error_source, error_reason = n.error_reason, error_detail = n.error_detail,
    error_field = n.error_field, error_message = n.error_message, src_correlation_id = n.src_correlation_id
FROM unnest($1::text[], $2::integer[], $3::timestamptz[], $4::text[], $5::boolean[], $6::integer[],
            $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
  AS n (job_id, attempt, started_at, verdict, late, http_status,
        error_source, error_reason, error_detail, error_field, error_message, src_correlation_id)
WHERE a.job_id = n.job_id AND a.attempt = n.attempt AND a.started_at = n.started_at
  AND a.started_at BETWEEN $13 AND $14`

func (w *writer) closeAttempts(batch *pgx.Batch) {
	if len(w.closed) == 0 {
		return
	}

	starts := column(w.closed, func(r *attemptResult) time.Time { return r.startedAt })
	from, to := span(starts)

	batch.Queue(closeAttemptsSQL,
		column(w.closed, func(r *attemptResult) string { return r.jobID }),
		column(w.closed, func(r *attemptResult) int { return r.attempt }),
		starts,
		nullableTexts(w.closed, func(r *attemptResult) string { return r.verdict }),
		column(w.closed, func(r *attemptResult) bool { return r.late }),
		column(w.closed, func(r *attemptResult) *int { return orNull(r.httpStatus) }),
		nullableTexts(w.closed, func(r *attemptResult) string { return r.failure.Source }),
		nullableTexts(w.closed, func(r *attemptResult) string { return r.failure.Reason }),
		nullableTexts(w.closed, func(r *attemptResult) string { return r.failure.Detail }),
		nullableTexts(w.closed, func(r *attemptResult) string { return r.failure.Field }),
		nullableTexts(w.closed, func(r *attemptResult) string { return r.failure.Message }),
		nullableTexts(w.closed, func(r *attemptResult) string { return r.srcCorrelationID }),
		from, to)
}

const openAttemptsSQL = `
INSERT INTO attempts (job_id, attempt, worker, started_at, trace_id)
SELECT job_id, attempt, worker, started_at, trace_id
FROM unnest($1::text[], $2::integer[], $3::text[], $4::timestamptz[], $5::text[])
  AS n (job_id, attempt, worker, started_at, trace_id)`

func (w *writer) openAttempts(batch *pgx.Batch) {
	if len(w.opened) == 0 {
		return
	}

	opened := pointers(w.opened)

	batch.Queue(openAttemptsSQL,
		column(opened, func(r *record) string { return r.JobID }),
		column(opened, func(r *record) int { return r.Attempts }),
		nullableTexts(opened, func(r *record) string { return r.worker }),
		column(opened, func(r *record) time.Time { return r.attemptStartedAt }),
		nullableTexts(opened, func(r *record) string { return r.traceID }))
}
