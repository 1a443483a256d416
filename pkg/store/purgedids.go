package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// A purged job leaves the SHA-256 of its id. The purge commits that together with the deletion of the row, so a statement that
// began before may still insert the id anew, having waited for the deletion. This one is asked after it, in the same
// transaction, and sees what was committed meanwhile.
//
// OFFSET keeps the planner from joining the whole table: it is one look-up an id, at any size.
const purgedSQL = `
SELECT q.job_id, p.purged_at
FROM unnest($1::text[]) AS q (job_id)
CROSS JOIN LATERAL (
	SELECT purged_at FROM purged_jobs WHERE id_sha256 = sha256(convert_to(q.job_id, 'UTF8')) OFFSET 0
) AS p`

// errPurgedMeanwhile has a transaction rolled back that inserted a job while it was purged. It is tried again.
var errPurgedMeanwhile = &databaseError{class: classBusy, text: "a job was purged while it was begun anew"}

// PurgedIDs returns when the jobs that had some ids were purged, without the ids of others.
func (s *Store) PurgedIDs(ctx context.Context, ids []string) (map[string]time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var purged map[string]time.Time

	err := s.db.tx(ctx, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(purgedSQL, ids)

		results := tx.SendBatch(ctx, batch)
		defer results.Close() //nolint:errcheck // what it says, the reading of its results has said

		var err error
		purged, err = purgedIDs(results)

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading which jobs were purged: %w", err)
	}

	return purged, nil
}

func purgedIDs(results pgx.BatchResults) (map[string]time.Time, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, doing("looking for purged jobs", err)
	}

	var (
		id     string
		at     time.Time
		purged = map[string]time.Time{}
	)

	_, err = pgx.ForEachRow(rows, []any{&id, &at}, func() error {
		purged[id] = at.UTC()
		return nil
	})
	if err != nil {
		return nil, doing("looking for purged jobs", err)
	}

	return purged, nil
}
