package store

import (
	"github.com/jackc/pgx/v5"
)

// What is known of a job whose seal could not be opened when its row was written,
// and can be now: an intake key came late, a program's configuration, or a version of the worker that can read its message.
const learnSQL = `
UPDATE enrollments AS e
SET pan_first6 = n.pan_first6, pan_last4 = n.pan_last4, pan_hmac = n.pan_hmac, pan_hmac_kid = n.pan_hmac_kid,
    content_hmac = n.content_hmac, message_digest = n.message_digest, operation = n.operation,
    batch_id = coalesce(e.batch_id, n.batch_id), external_consumer_id = coalesce(e.external_consumer_id, n.external_consumer_id),
    external_card_id = coalesce(e.external_card_id, n.external_card_id)
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::bytea[],
            $8::text[], $9::text[], $10::text[], $11::text[])
  AS n (job_id, pan_first6, pan_last4, pan_hmac, pan_hmac_kid, content_hmac, message_digest,
        operation, batch_id, external_consumer_id, external_card_id)
WHERE e.job_id = n.job_id`

func (w *writer) backfillCards(batch *pgx.Batch) {
	if len(w.backfill) == 0 {
		return
	}

	batch.Queue(learnSQL,
		column(w.backfill, func(j Job) string { return j.ID }),
		nullableTexts(w.backfill, func(j Job) string { return j.PANFirst6 }),
		nullableTexts(w.backfill, func(j Job) string { return j.PANLast4 }),
		column(w.backfill, func(j Job) []byte { return j.PANHMAC }),
		nullableTexts(w.backfill, func(j Job) string { return j.PANHMACKid }),
		column(w.backfill, Job.contentHMAC),
		column(w.backfill, func(j Job) []byte { return j.MessageDigest }),
		column(w.backfill, func(j Job) string { return j.Operation }),
		nullableTexts(w.backfill, func(j Job) string { return j.BatchID }),
		nullableTexts(w.backfill, func(j Job) string { return j.ExternalConsumerID }),
		nullableTexts(w.backfill, func(j Job) string { return j.ExternalCardID }))
}
