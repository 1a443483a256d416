package store

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// record is a row of enrollments as it stands, without what never changes and is never asked for.
type record struct {
	Outcome

	messageDigest, contentHMAC []byte
	panHMACKid                 string // of the key that made contentHMAC as well

	charged          int
	worker, traceID  string
	attemptStartedAt time.Time
	leaseUntil       time.Time
	nextAttemptAt    time.Time
	redrivenAt       time.Time
}

// recordColumns are what scan reads, in its order.
const recordColumns = `job_id, program, batch_id, external_consumer_id, external_card_id, operation, status,
	error_source, error_reason, error_detail, error_field, error_message, http_status,
	src_digital_card_id, src_correlation_id, token_unique_reference, src_flow_id, attempts, first_seen_at, completed_at,
	message_digest, content_hmac, pan_hmac_kid, charged, worker, trace_id, attempt_started_at, lease_until, next_attempt_at,
	redriven, redriven_at, updated_at, api_batch_id, src_consumer_id, sealed_result, consumers`

// scan reads recordColumns, after the columns that before takes. All times are UTC.
func (r *record) scan(row pgx.Rows, before ...any) error {
	var httpStatus, consumers zeronull.Int4

	err := row.Scan(append(before,
		&r.JobID, &r.Program, nullText(&r.BatchID), nullText(&r.ExternalConsumerID), nullText(&r.ExternalCardID),
		&r.Operation, &r.Status,
		nullText(&r.Failure.Source), nullText(&r.Failure.Reason), nullText(&r.Failure.Detail), nullText(&r.Failure.Field),
		nullText(&r.Failure.Message), &httpStatus,
		nullText(&r.SrcDigitalCardID), nullText(&r.SrcCorrelationID), nullText(&r.TokenUniqueReference),
		nullText(&r.SrcFlowID), &r.Attempts, nullTime(&r.FirstSeenAt), nullTime(&r.CompletedAt),
		&r.messageDigest, &r.contentHMAC, nullText(&r.panHMACKid), &r.charged, nullText(&r.worker), nullText(&r.traceID),
		nullTime(&r.attemptStartedAt), nullTime(&r.leaseUntil), nullTime(&r.nextAttemptAt),
		&r.Redriven, nullTime(&r.redrivenAt), nullTime(&r.UpdatedAt), nullText(&r.APIBatchID),
		nullText(&r.SrcConsumerID), nullText(&r.SealedResult), &consumers)...)
	if err != nil {
		return err
	}

	r.HTTPStatus, r.Consumers = int(httpStatus), int(consumers)

	for _, t := range []*time.Time{
		&r.FirstSeenAt, &r.CompletedAt, &r.attemptStartedAt, &r.leaseUntil, &r.nextAttemptAt, &r.redrivenAt,
		&r.UpdatedAt,
	} {
		*t = t.UTC()
	}

	return nil
}

// NULL is the zero value in Go and the other way round.
func nullText(s *string) *zeronull.Text           { return (*zeronull.Text)(s) }
func nullTime(t *time.Time) *zeronull.Timestamptz { return (*zeronull.Timestamptz)(t) }
