package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// entry is a job's first row: with a lease, its first attempt begins with it.
type entry struct {
	turn // of a job that changes something, when it is to be begun

	job             Job
	status          Status
	failure         Failure
	worker, traceID string
	lease           time.Duration // zero: ended without a call, or postponed
	wait            time.Duration // of one that is postponed: until it is due
	decision        Decision      // of a row that is inserted

	ordered bool // among the jobs of its consumer
	nobody  bool // it ends as the API has told nobody of its consumer
}

// canceledBy is the batch whose cancellation keeps the entry from being inserted: its own, for an attempt and for one that is put
// off.
func (e entry) canceledBy() string {
	if e.lease == 0 && e.wait == 0 {
		return ""
	}

	return e.job.BatchID
}

// foundRow is a row that insertOrLock holds for this transaction.
type foundRow struct {
	record

	inserted bool
	canceled bool // its batch is
}

// A row that another transaction inserted or holds since this statement began is
// neither inserted nor returned: its caller tries again. Sorted, so that two
// transactions inserting the same jobs wait in one order and cannot deadlock.
//
// No row is inserted under the id of a job that was purged; see purgedSQL.
//
// No attempt is begun for a job of a canceled batch. This is looked up here, once for each batch of the
// flush and by primary key, because a statement of its own would be another way to the database and back.
const insertOrLockSQL = `
WITH canceled AS (
	SELECT batch_id FROM batches WHERE batch_id = ANY ($22) AND canceled_at IS NOT NULL
), entry AS (
	SELECT job_id, program, batch_id, external_consumer_id, external_card_id, operation, status,
	       pan_first6, pan_last4, pan_hmac, pan_hmac_kid, message_digest, content_hmac,
	       error_source, error_reason, error_detail, error_field, error_message, worker, trace_id, lease, wait,
	       subject, queued_at, withheld
	FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
	            $8::text[], $9::text[], $10::bytea[], $11::text[], $12::bytea[], $13::bytea[],
	            $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::interval[],
	            $23::interval[], $24::text[], $25::timestamptz[], $26::boolean[])
	  AS e (job_id, program, batch_id, external_consumer_id, external_card_id, operation, status,
	        pan_first6, pan_last4, pan_hmac, pan_hmac_kid, message_digest, content_hmac,
	        error_source, error_reason, error_detail, error_field, error_message, worker, trace_id, lease, wait,
	        subject, queued_at, withheld)
), inserted AS (
	INSERT INTO enrollments (job_id, program, batch_id, external_consumer_id, external_card_id, operation, status,
	       pan_first6, pan_last4, pan_hmac, pan_hmac_kid, message_digest, content_hmac,
	       error_source, error_reason, error_detail, error_field, error_message, worker, trace_id,
	       attempts, charged, attempt_started_at, lease_until, next_attempt_at, first_seen_at, completed_at, updated_at,
	       subject, queued_at)
	SELECT job_id, program, batch_id, external_consumer_id, external_card_id, operation, status,
	       pan_first6, pan_last4, pan_hmac, pan_hmac_kid, message_digest, content_hmac,
	       error_source, error_reason, error_detail, error_field, error_message, worker, trace_id,
	       CASE WHEN lease IS NULL THEN 0 ELSE 1 END,
	       CASE WHEN lease IS NULL THEN 0 ELSE 1 END,
	       CASE WHEN lease IS NOT NULL THEN now() END,
	       now() + lease, now() + wait, now(),
	       CASE WHEN lease IS NULL AND wait IS NULL THEN now() END, now(),
	       subject, queued_at
	FROM entry
	WHERE NOT withheld AND NOT EXISTS (SELECT FROM canceled c WHERE c.batch_id = entry.batch_id)
	  AND (SELECT purged_at FROM purged_jobs p WHERE p.id_sha256 = sha256(convert_to(entry.job_id, 'UTF8'))) IS NULL
	ORDER BY job_id
	ON CONFLICT (job_id) DO NOTHING
	RETURNING ` + recordColumns + `
), begun AS (
	INSERT INTO attempts (job_id, attempt, worker, started_at, trace_id)
	SELECT job_id, attempts, worker, attempt_started_at, trace_id FROM inserted WHERE attempts > 0
), existing AS (
	SELECT ` + recordColumns + `
	FROM enrollments WHERE job_id = ANY ($1) FOR UPDATE SKIP LOCKED
)
SELECT true, false, now(), ` + recordColumns + ` FROM inserted
UNION ALL
SELECT false, EXISTS (SELECT FROM canceled c WHERE c.batch_id = existing.batch_id), now(), ` + recordColumns + ` FROM existing`

// insertOrLock inserts the rows of new jobs, with their first attempts, and locks those of jobs that have one. It tells when
// jobs were purged whose ids these are.
func (w *writer) insertOrLock(ctx context.Context, entries []entry) (map[string]foundRow, map[string]time.Time, error) {
	rows := pointers(entries)
	batch := &pgx.Batch{}
	batch.Queue(insertOrLockSQL,
		nullableTexts(rows, func(e *entry) string { return e.job.ID }),
		column(rows, func(e *entry) string { return e.job.Program }), // "" where a subject names none
		nullableTexts(rows, func(e *entry) string { return e.job.BatchID }),
		nullableTexts(rows, func(e *entry) string { return e.job.ExternalConsumerID }),
		nullableTexts(rows, func(e *entry) string { return e.job.ExternalCardID }),
		column(rows, func(e *entry) string { return e.job.Operation }),
		nullableTexts(rows, func(e *entry) string { return string(e.status) }),
		nullableTexts(rows, func(e *entry) string { return e.job.PANFirst6 }),
		nullableTexts(rows, func(e *entry) string { return e.job.PANLast4 }),
		column(rows, func(e *entry) []byte { return e.job.PANHMAC }),
		nullableTexts(rows, func(e *entry) string { return e.job.PANHMACKid }),
		column(rows, func(e *entry) []byte { return e.job.MessageDigest }),
		column(rows, func(e *entry) []byte { return e.job.contentHMAC() }),
		nullableTexts(rows, func(e *entry) string { return e.failure.Source }),
		nullableTexts(rows, func(e *entry) string { return e.failure.Reason }),
		nullableTexts(rows, func(e *entry) string { return e.failure.Detail }),
		nullableTexts(rows, func(e *entry) string { return e.failure.Field }),
		nullableTexts(rows, func(e *entry) string { return e.failure.Message }),
		nullableTexts(rows, func(e *entry) string { return e.worker }),
		nullableTexts(rows, func(e *entry) string { return e.traceID }),
		column(rows, func(e *entry) *time.Duration { return orNull(e.lease) }), distinct(column(rows, (*entry).canceledBy)),
		column(rows, func(e *entry) *time.Duration { return orNull(e.wait) }),
		nullableTexts(rows, func(e *entry) string { return e.job.Subject }),
		nullableTimes(rows, func(e *entry) time.Time { return e.job.QueuedAt }),
		column(rows, func(e *entry) bool { return e.turn != turn{} }))
	batch.Queue(purgedSQL, nullableTexts(rows, func(e *entry) string { return e.job.ID }))

	results := w.tx.SendBatch(ctx, batch)
	defer results.Close() //nolint:errcheck // what it says, the reading of its results has said

	found, err := w.foundRows(results, len(entries))
	if err != nil {
		return nil, nil, err
	}

	purged, err := purgedIDs(results)

	return found, purged, err
}

// foundRows reads the rows that insertOrLock asked for.
func (w *writer) foundRows(results pgx.BatchResults, most int) (map[string]foundRow, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, doing("inserting jobs", err)
	}
	defer rows.Close()

	found := make(map[string]foundRow, most)

	for rows.Next() {
		var row foundRow
		if err := row.scan(rows, &row.inserted, &row.canceled, &w.now); err != nil {
			return nil, doing("reading jobs", err)
		}

		w.now = w.now.UTC()
		found[row.JobID] = row
	}

	if err := rows.Err(); err != nil {
		return nil, doing("inserting jobs", err)
	}

	return found, nil
}

// distinct are the texts there are, each once, without the empty one.
func distinct(all []string) []string {
	slices.Sort(all)
	all = slices.Compact(all)

	if len(all) > 0 && all[0] == "" {
		return all[1:]
	}

	return all
}

func orNull[V comparable](v V) *V {
	var zero V
	if v == zero {
		return nil
	}

	return &v
}
