package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// PurgeRequest names jobs whose rows are to go.
type PurgeRequest struct {
	IDs    []string  // some hundreds
	Before time.Time // only jobs that ended before

	// KeepAttempts leaves attempts that began before: their partitions are taken away as a whole (DropAttempts). Zero: none.
	KeepAttempts time.Time
}

// PurgeResult is what was purged.
type PurgeResult struct {
	Jobs, Attempts int64
	Left           int64 // jobs that did not end before the time, or that another transaction holds
}

const (
	takeIDsSQL = `
INSERT INTO purged_jobs (id_sha256) SELECT sha256(convert_to(id, 'UTF8')) FROM unnest($1::text[]) AS q (id)
ON CONFLICT (id_sha256) DO NOTHING`

	// The time lets Postgres leave out the partitions of other months.
	purgeAttemptsSQL = `DELETE FROM attempts WHERE job_id = ANY ($1) AND started_at >= $2`

	purgeRowsSQL = `DELETE FROM enrollments WHERE job_id = ANY ($1)`
)

// PurgeJobs deletes the rows of jobs that have ended, and those of their attempts, in one transaction that also keeps their
// ids from being used again, and counts them as purged in the rollups. A job that has not ended, or is locked, is left.
func (s *Store) PurgeJobs(ctx context.Context, r PurgeRequest) (PurgeResult, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var result PurgeResult

	err := s.transact(ctx, func(w *writer) error {
		result = PurgeResult{}

		found, err := w.lock(ctx, r.IDs)
		if err != nil {
			return err
		}

		var rows []record

		for _, id := range slices.Sorted(maps.Keys(found)) {
			if row := found[id]; row.Status.Final() && row.CompletedAt.Before(r.Before) {
				rows = append(rows, row)
			}
		}

		if result.Left = int64(len(r.IDs) - len(rows)); len(rows) == 0 {
			return nil
		}

		return w.purge(ctx, rows, r.KeepAttempts, &result)
	})
	if err != nil {
		return PurgeResult{}, fmt.Errorf("purging %d jobs: %w", len(r.IDs), err)
	}

	return result, nil
}

// purge deletes locked rows.
func (w *writer) purge(ctx context.Context, rows []record, keepAttempts time.Time, result *PurgeResult) error {
	ids := column(rows, func(r record) string { return r.JobID })

	first, _ := span(column(rows, func(r record) time.Time { return r.FirstSeenAt }))
	if first = first.Add(-clockSetBack); first.Before(keepAttempts) {
		first = keepAttempts
	}

	for _, row := range rows {
		w.counts.move(row, row.purged(), w.now)
	}

	batch := &pgx.Batch{}
	batch.Queue(takeIDsSQL, ids)
	batch.Queue(purgeRowsSQL, ids).Exec(func(done pgconn.CommandTag) error {
		result.Jobs = done.RowsAffected()
		return nil
	})
	batch.Queue(purgeAttemptsSQL, ids, first).Exec(func(done pgconn.CommandTag) error {
		result.Attempts = done.RowsAffected()
		return nil
	})
	w.counts.write(batch)

	if err := w.tx.SendBatch(ctx, batch).Close(); err != nil {
		return doing("deleting", err)
	}

	return nil
}

// purged is what is counted of a row that is no more.
func (r *record) purged() record {
	gone := *r
	gone.Status, gone.Failure = StatusPurged, Failure{}

	return gone
}
