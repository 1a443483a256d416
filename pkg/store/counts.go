package store

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// counts gathers the deltas of one transaction for the rollups.
type counts struct {
	shard             int
	batches, programs map[countKey]*delta
}

// countKey is a rollup's key but for the shard; owner is the batch or the program.
type countKey struct {
	owner          string
	status         Status
	reason, detail string
}

type delta struct {
	count   int64
	entered time.Time // zero: rows only left
}

func newCounts(shard int) *counts {
	return &counts{shard: shard, batches: map[countKey]*delta{}, programs: map[countKey]*delta{}}
}

// add counts a new row.
func (c *counts) add(r record, now time.Time) { c.change(r, 1, now) }

// move counts a row's way from one state to another.
func (c *counts) move(before, after record, now time.Time) {
	if keyOf(before) == keyOf(after) {
		return
	}

	c.change(before, -1, time.Time{})
	c.change(after, 1, now)
}

func (c *counts) change(r record, by int64, entered time.Time) {
	key := keyOf(r)
	key.owner = r.Program
	add(c.programs, key, by, entered)

	if r.BatchID != "" {
		key.owner = r.BatchID
		add(c.batches, key, by, entered)
	}
}

func add(deltas map[countKey]*delta, key countKey, by int64, entered time.Time) {
	d, ok := deltas[key]
	if !ok {
		d = &delta{}
		deltas[key] = d
	}

	d.count += by
	if !entered.IsZero() {
		d.entered = entered
	}
}

func keyOf(r record) countKey {
	return countKey{status: r.Status, reason: code(r.Failure.Reason), detail: code(r.Failure.Detail)}
}

var codePattern = regexp.MustCompile(`^[A-Z][A-Z0-9_-]{0,63}$`)

// code keeps codes apart and puts everything else together, so that free text
// with a name or number in it cannot make a row of its own for each job.
func code(s string) string {
	if s == "" || codePattern.MatchString(s) {
		return s
	}

	return "OTHER"
}

const batchCountsSQL = `
INSERT INTO batch_counts AS c (batch_id, status, reason, detail, shard, count, first_at, last_at)
SELECT batch_id, status, reason, detail, $5, count, at, at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $6::bigint[], $7::timestamptz[])
  AS n (batch_id, status, reason, detail, count, at)
ON CONFLICT (batch_id, status, reason, detail, shard) DO UPDATE
SET count = c.count + excluded.count,
    first_at = least(c.first_at, excluded.first_at), last_at = greatest(c.last_at, excluded.last_at)`

const programCountsSQL = `
INSERT INTO program_counts AS c (program, status, reason, detail, shard, count, first_at, last_at)
SELECT program, status, reason, detail, $5, count, at, at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $6::bigint[], $7::timestamptz[])
  AS n (program, status, reason, detail, count, at)
ON CONFLICT (program, status, reason, detail, shard) DO UPDATE
SET count = c.count + excluded.count,
    first_at = least(c.first_at, excluded.first_at), last_at = greatest(c.last_at, excluded.last_at)`

// write queues the deltas. Every transaction takes the rows in the same order:
// batches before programs, each sorted by key.
func (c *counts) write(batch *pgx.Batch) {
	c.queue(batch, batchCountsSQL, c.batches)
	c.queue(batch, programCountsSQL, c.programs)
	c.forgetZero(batch)
}

func (c *counts) queue(batch *pgx.Batch, sql string, deltas map[countKey]*delta) {
	keys := make([]countKey, 0, len(deltas))
	for key, d := range deltas {
		if d.count != 0 || !d.entered.IsZero() {
			keys = append(keys, key)
		}
	}

	if len(keys) == 0 {
		return
	}

	slices.SortFunc(keys, func(a, b countKey) int {
		return cmp.Or(cmp.Compare(a.owner, b.owner), cmp.Compare(a.status, b.status),
			cmp.Compare(a.reason, b.reason), cmp.Compare(a.detail, b.detail))
	})

	batch.Queue(sql,
		column(keys, func(k countKey) string { return k.owner }),
		column(keys, func(k countKey) string { return string(k.status) }),
		column(keys, func(k countKey) string { return k.reason }),
		column(keys, func(k countKey) string { return k.detail }),
		c.shard,
		column(keys, func(k countKey) int64 { return deltas[k].count }),
		nullableTimes(keys, func(k countKey) time.Time { return deltas[k].entered }))
}
