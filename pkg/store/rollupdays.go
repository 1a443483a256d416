package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

const (
	day = 24 * time.Hour
	// rollUpDays is how many days one transaction fills at most.
	rollUpDays = 7
	// mostDailyCodes is how many codes of a program and a status are kept of a day; all others together are OTHER.
	mostDailyCodes = 200
)

const (
	lockDaysSQL = `
SELECT CASE WHEN isfinite(since) THEN since END, until FROM (
	SELECT greatest(days_until, (SELECT date_trunc('day', min(hour), 'UTC') FROM hourly_outcomes)) AS since,
	       date_trunc('day', until, 'UTC') AS until
	FROM rolled_up FOR UPDATE SKIP LOCKED
) AS r`

	// The hours of a day that is over do not change any more. Whoever fills a day again fills it with the same.
	fillDaysSQL = `
INSERT INTO daily_outcomes AS d (day, program, status, reason, detail, count, first_at, last_at)
SELECT day, program, status,
       CASE WHEN place <= $3 THEN reason ELSE 'OTHER' END, CASE WHEN place <= $3 THEN detail ELSE '' END,
       sum(count), min(first_at), max(last_at)
FROM (
	SELECT date_trunc('day', hour, 'UTC') AS day, program, status, reason, detail,
	       sum(count) AS count, min(first_at) AS first_at, max(last_at) AS last_at,
	       row_number() OVER (
	           PARTITION BY date_trunc('day', hour, 'UTC'), program, status ORDER BY sum(count) DESC, reason, detail) AS place
	FROM hourly_outcomes WHERE hour >= $1 AND hour < $2
	GROUP BY 1, 2, 3, 4, 5
) AS c
GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (day, program, status, reason, detail) DO UPDATE
SET count = excluded.count, first_at = excluded.first_at, last_at = excluded.last_at`

	moveDaysSQL = `UPDATE rolled_up SET days_until = $1`
)

// rollUpSomeDays fills the counts by day from those by hour, of days that are over, and reports whether there are more.
func (s *Store) rollUpSomeDays(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	err = s.db.tx(ctx, func(tx pgx.Tx) error {
		var (
			since zeronull.Timestamptz // zero: nothing was counted yet
			today time.Time
		)

		err := tx.QueryRow(ctx, lockDaysSQL).Scan(&since, &today)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // somebody else counts
		}

		from := time.Time(since)
		if err != nil || from.IsZero() || !from.Before(today) {
			return err
		}

		until := from.Add(rollUpDays * day)
		if more = until.Before(today); !more {
			until = today
		}

		if _, err := tx.Exec(ctx, fillDaysSQL, from, until, mostDailyCodes); err != nil {
			return err
		}

		_, err = tx.Exec(ctx, moveDaysSQL, until)

		return err
	})

	return more, err
}
