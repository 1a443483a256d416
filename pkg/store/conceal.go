package store

import (
	"github.com/jackc/pgx/v5"
)

// Own keys that must not be kept, as one of them turned out to hold the card's number: the row was written by a worker that
// could not open the job.
const concealSQL = `
UPDATE enrollments AS e
SET external_consumer_id = n.external_consumer_id, external_card_id = n.external_card_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS n (job_id, external_consumer_id, external_card_id)
WHERE e.job_id = n.job_id`

func (w *writer) conceal(batch *pgx.Batch) {
	if len(w.concealed) == 0 {
		return
	}

	batch.Queue(concealSQL,
		column(w.concealed, func(j Job) string { return j.ID }),
		nullableTexts(w.concealed, func(j Job) string { return j.ExternalConsumerID }),
		nullableTexts(w.concealed, func(j Job) string { return j.ExternalCardID }))
}

// conceal has the row of the same job keep no own keys but the job's.
func (t *transition) conceal(job *Job) {
	t.concealed = job
	t.after.ExternalConsumerID, t.after.ExternalCardID = job.ExternalConsumerID, job.ExternalCardID
}
