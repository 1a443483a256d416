package store

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// What is known of a job whose seal could not be opened when its row was written,
// and can be now: an intake key came late, or a program's configuration.
const learnSQL = `
UPDATE enrollments AS e
SET pan_first6 = n.pan_first6, pan_last4 = n.pan_last4, pan_hmac = n.pan_hmac, pan_hmac_kid = n.pan_hmac_kid,
    content_hmac = n.content_hmac, message_digest = n.message_digest
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::bytea[])
  AS n (job_id, pan_first6, pan_last4, pan_hmac, pan_hmac_kid, content_hmac, message_digest)
WHERE e.job_id = n.job_id`

func (w *writer) learn(batch *pgx.Batch) {
	if len(w.learned) == 0 {
		return
	}

	batch.Queue(learnSQL,
		column(w.learned, func(j Job) string { return j.ID }),
		column(w.learned, func(j Job) zeronull.Text { return zeronull.Text(j.PANFirst6) }),
		column(w.learned, func(j Job) zeronull.Text { return zeronull.Text(j.PANLast4) }),
		column(w.learned, func(j Job) []byte { return j.PANHMAC }),
		column(w.learned, func(j Job) zeronull.Text { return zeronull.Text(j.PANHMACKid) }),
		column(w.learned, Job.contentHMAC),
		column(w.learned, func(j Job) []byte { return j.MessageDigest }))
}
