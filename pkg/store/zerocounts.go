package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// A key of batch_counts whose shards add up to zero says nothing and is deleted: otherwise a request that names a batch of
// its own would leave a row for each status that its job once had. Any set of rows whose sum is zero may go, whoever adds
// rows meanwhile, so it needs no lock on the key: the rows are looked at without one, and those at zero are locked, but for
// those that another transaction holds, and looked at again. Nobody is waited for.
const (
	lockZeroSQL = `
locked AS MATERIALIZED (
	SELECT c.batch_id, c.status, c.reason, c.detail, c.shard, c.count
	FROM batch_counts c JOIN zero USING (batch_id, status, reason, detail)
	FOR UPDATE OF c SKIP LOCKED
), gone AS (
	SELECT batch_id, status, reason, detail FROM locked GROUP BY batch_id, status, reason, detail HAVING sum(count) = 0
), deleted AS (
	DELETE FROM batch_counts c USING locked JOIN gone USING (batch_id, status, reason, detail)
	WHERE c.batch_id = locked.batch_id AND c.status = locked.status AND c.reason = locked.reason
	  AND c.detail = locked.detail AND c.shard = locked.shard
	RETURNING 1
)`

	// The keys that the transaction itself has lowered: a look-up by primary key for each.
	forgetZeroSQL = `
WITH zero AS (
	SELECT c.batch_id, c.status, c.reason, c.detail
	FROM batch_counts c
	JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n (batch_id, status, reason, detail)
	  USING (batch_id, status, reason, detail)
	GROUP BY c.batch_id, c.status, c.reason, c.detail HAVING sum(c.count) = 0
), ` + lockZeroSQL + `
SELECT count(*) FROM deleted`

	// A page of the table, in the order of its key.
	tidyBatchesSQL = `
WITH last AS (
	SELECT max(batch_id) AS batch_id
	FROM (SELECT batch_id FROM batch_counts WHERE batch_id > $1 ORDER BY batch_id LIMIT $2) AS page
), zero AS (
	SELECT c.batch_id, c.status, c.reason, c.detail
	FROM batch_counts c
	WHERE c.batch_id > $1 AND c.batch_id <= (SELECT batch_id FROM last)
	GROUP BY c.batch_id, c.status, c.reason, c.detail HAVING sum(c.count) = 0
), ` + lockZeroSQL + `
SELECT (SELECT batch_id FROM last), (SELECT count(*) FROM deleted)`
)

// forgetZero queues the deletion of what the deltas have brought to zero in batch_counts. It comes last in its
// transaction: it waits for nobody, but who needs a row that it deletes waits for its commit.
//
// program_counts has a few rows a program, which are used again.
func (c *counts) forgetZero(batch *pgx.Batch) {
	var keys []countKey

	for key, d := range c.batches {
		if d.count < 0 {
			keys = append(keys, key)
		}
	}

	if len(keys) == 0 {
		return
	}

	slices.SortFunc(keys, func(a, b countKey) int { return cmp.Or(cmp.Compare(a.owner, b.owner), cmp.Compare(a.status, b.status)) })

	batch.Queue(forgetZeroSQL,
		column(keys, func(k countKey) string { return k.owner }),
		column(keys, func(k countKey) string { return string(k.status) }),
		column(keys, func(k countKey) string { return k.reason }),
		column(keys, func(k countKey) string { return k.detail }))
}

// TidyCounts deletes from batch_counts what adds up to zero and was left: by two transactions that lowered the same key at
// the same moment, or by the program before this one. It returns how many rows it deleted. It reads the table once, page by
// page, each a transaction of its own, and waits for nobody; a long-running worker does it daily.
func (s *Store) TidyCounts(ctx context.Context) (int64, error) {
	const page = 5000 // rows

	var (
		deleted int64
		after   string
	)

	for {
		last, n, err := s.tidyBatches(ctx, after, page)
		if err != nil {
			return deleted, fmt.Errorf("deleting counts at zero: %w", err)
		}

		deleted += n

		if last == "" {
			return deleted, nil
		}

		after = last
	}
}

func (s *Store) tidyBatches(ctx context.Context, after string, rows int) (string, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var (
		last    zeronull.Text
		deleted int64
	)

	err := s.db.queryRow(ctx, tidyBatchesSQL, []any{after, rows}, &last, &deleted)

	return string(last), deleted, err
}
