package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// AttemptsMonth is a partition of attempts. Without a start it is the one of no month.
type AttemptsMonth struct {
	Start, End time.Time // UTC
	pages      int64
}

// mostKept bounds how many jobs' attempts are moved out of a partition that is taken away: it stops all who write attempts.
const mostKept = 1000

// The names are those that attempts_ensure_partition gives.
const monthsSQL = `
SELECT c.relname, pg_relation_size(c.oid) / current_setting('block_size')::bigint
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'attempts'::regclass AND c.relname ~ '^attempts_[0-9]{4}_[0-9]{2}$' ORDER BY c.relname`

// AttemptsMonths returns the partitions of attempts whose month (UTC) was over at a time, the oldest first.
func (s *Store) AttemptsMonths(ctx context.Context, before time.Time) ([]AttemptsMonth, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var all []AttemptsMonth

	err := s.db.forEach(ctx, monthsSQL, nil, func(row pgx.Rows) error {
		var (
			name  string
			month AttemptsMonth
		)

		if err := row.Scan(&name, &month.pages); err != nil {
			return err
		}

		start, err := time.Parse("attempts_2006_01", name)
		if err != nil {
			return nil //nolint:nilerr // not one of ours
		}

		month.Start, month.End = start, start.AddDate(0, 1, 0)
		if !month.End.After(before) {
			all = append(all, month)
		}

		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing the partitions of attempts: %w", err)
	}

	return all, nil
}

const leftSQL = `
SELECT coalesce(max(pg_relation_size(c.oid)), 0) / current_setting('block_size')::bigint
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'attempts'::regclass AND c.relname = 'attempts_default'`

// LeftAttempts returns what is in no partition of a month and began before a time: attempts of jobs that had not ended when the
// partition of their month was taken away. They are for PurgeOrphans.
func (s *Store) LeftAttempts(ctx context.Context, before time.Time) (AttemptsMonth, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	left := AttemptsMonth{End: before}

	if err := s.db.queryRow(ctx, leftSQL, nil, &left.pages); err != nil {
		return left, fmt.Errorf("looking at the default partition of attempts: %w", err)
	}

	return left, nil
}

// Pages of the table at a time, so that a statement takes no longer than some tenths of a second.
const attemptPages = 2048

const (
	keptSQL = `
SELECT DISTINCT a.job_id FROM attempts a
WHERE a.started_at >= $1 AND a.started_at < $2
  AND a.ctid >= format('(%s,0)', $3::bigint)::tid AND a.ctid < format('(%s,0)', $4::bigint)::tid
  AND EXISTS (SELECT FROM enrollments e WHERE e.job_id = a.job_id) LIMIT $5`

	dropMonthSQL = `SELECT attempts_drop_partition($1, $2)`

	purgeOrphansSQL = `
DELETE FROM attempts a
WHERE a.started_at >= $1 AND a.started_at < $2
  AND a.ctid >= format('(%s,0)', $3::bigint)::tid AND a.ctid < format('(%s,0)', $4::bigint)::tid
  AND NOT EXISTS (SELECT FROM enrollments e WHERE e.job_id = a.job_id)`
)

// errManyKept says that a partition holds attempts of too many jobs that have a row.
var errManyKept = errors.New("attempts of many jobs that are kept")

// DropAttempts takes a partition of attempts away whose jobs were purged, and reports whether it did. The attempts of jobs that
// have a row, as they have not ended, move to the default partition. Where these are many, the partition stays.
func (s *Store) DropAttempts(ctx context.Context, month AttemptsMonth) (dropped bool, err error) {
	kept, err := s.keptOf(ctx, month)

	switch {
	case errors.Is(err, errManyKept):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("looking through the attempts of %s: %w", month, err)
	}

	// The lock is waited for no longer than lockTimeout, because flushes queue up behind it; they get through between tries.
	const tries = 20

	for range tries {
		if err = s.dropMonth(ctx, month, kept, &dropped); !contended(err) {
			break
		}
	}

	if err != nil {
		return false, fmt.Errorf("taking the attempts of %s away: %w", month, err)
	}

	return dropped, nil
}

func (s *Store) dropMonth(ctx context.Context, month AttemptsMonth, kept []string, dropped *bool) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	return s.db.queryRow(ctx, dropMonthSQL, []any{month.Start, kept}, dropped)
}

// Empty reports whether there has been nothing in it.
func (m AttemptsMonth) Empty() bool { return m.pages == 0 }

// String is the month as 2026-01.
func (m AttemptsMonth) String() string {
	if m.Start.IsZero() {
		return "months that were taken away"
	}

	return m.Start.Format("2006-01")
}

// keptOf returns the jobs with attempts in the month that have a row. Nobody adds to a month that is over.
func (s *Store) keptOf(ctx context.Context, month AttemptsMonth) ([]string, error) {
	kept := []string{}

	err := month.each(func(first, last int64) error {
		ctx, cancel := context.WithTimeout(ctx, flushTimeout)
		defer cancel()

		err := s.db.forEach(ctx, keptSQL, []any{month.Start, month.End, first, last, mostKept + 1}, func(row pgx.Rows) error {
			var id string

			err := row.Scan(&id)
			kept = append(kept, id)

			return err
		})
		if err == nil && len(kept) > mostKept {
			err = errManyKept
		}

		return err
	})

	return kept, err
}

// each goes through the pages of the month's table.
func (m AttemptsMonth) each(do func(first, last int64) error) error {
	for first := int64(0); first < m.pages; first += attemptPages {
		if err := do(first, first+attemptPages); err != nil {
			return err
		}
	}

	return nil
}

// PurgeOrphans deletes the attempts of a month whose jobs have no row, and returns how many there were. It is for a partition
// that DropAttempts has left, and for LeftAttempts. pause is called between two transactions.
func (s *Store) PurgeOrphans(
	ctx context.Context, month AttemptsMonth, pause func(deleted int64) error,
) (deleted int64, err error) {
	err = month.each(func(first, last int64) error {
		var n int64

		err := func() error {
			ctx, cancel := context.WithTimeout(ctx, flushTimeout)
			defer cancel()

			return s.db.tx(ctx, func(tx pgx.Tx) error {
				done, err := tx.Exec(ctx, purgeOrphansSQL, month.Start, month.End, first, last)
				n = done.RowsAffected()

				return err
			})
		}()
		if err != nil {
			return err
		}

		deleted += n

		return pause(n)
	})
	if err != nil {
		return deleted, fmt.Errorf("deleting attempts of %s: %w", month, err)
	}

	return deleted, nil
}
