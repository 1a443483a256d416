package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Codes as the rollups have them: see code. The view outcomes_by_hour says the same.
const (
	isCode    = ` ~ '^[A-Z][A-Z0-9_-]{0,63}$' THEN `
	reasonSQL = `CASE WHEN coalesce(error_reason, '') = '' THEN '' WHEN error_reason` + isCode + `error_reason ELSE 'OTHER' END`
	detailSQL = `CASE WHEN coalesce(error_detail, '') = '' THEN '' WHEN error_detail` + isCode + `error_detail ELSE 'OTHER' END`
)

const (
	// rollUpSpan is how much time one transaction counts at most: seconds of work in busy hours. Where it takes longer than a
	// statement may, the next ones count a quarter each, down to rollUpLeast.
	rollUpSpan  = time.Hour
	rollUpLeast = 10 * time.Second
	// rollUpLag is for transactions that began before now and are not committed yet: none takes as long.
	rollUpLag = time.Minute
)

const (
	// Who is second does not wait: the first does the work of both. Now is Postgres' clock, as is that of the rows.
	lockRolledUpSQL = `SELECT until, now() FROM rolled_up FOR UPDATE SKIP LOCKED`

	countRowsSQL = `
WITH counted AS MATERIALIZED (
	SELECT date_trunc('minute', completed_at) AS minute, program, status, ` + reasonSQL + ` AS reason, ` + detailSQL + ` AS detail,
	       count(*) AS count, min(completed_at) AS first_at, max(completed_at) AS last_at
	FROM enrollments WHERE completed_at >= $1 AND completed_at < $2
	GROUP BY 1, 2, 3, 4, 5
), by_minute AS (
	INSERT INTO minutely_outcomes AS m (minute, program, status, count)
	SELECT minute, program, status, sum(count) FROM counted WHERE minute > now() - interval '7 days' GROUP BY 1, 2, 3
	ON CONFLICT (minute, program, status) DO UPDATE SET count = m.count + excluded.count
), old AS (
	DELETE FROM minutely_outcomes WHERE minute <= now() - interval '7 days'
)
INSERT INTO hourly_outcomes AS h (hour, program, status, reason, detail, count, first_at, last_at)
SELECT date_trunc('hour', minute, 'UTC'), program, status, reason, detail,
       sum(count), min(first_at), max(last_at)
FROM counted
GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (hour, program, status, reason, detail) DO UPDATE
SET count = h.count + excluded.count, first_at = least(h.first_at, excluded.first_at),
    last_at = greatest(h.last_at, excluded.last_at)`

	moveRolledUpSQL = `UPDATE rolled_up SET until = $1`

	// From the beginning of the hour that is now: Postgres' clock was set back. What has come to its end since, at times that were
	// counted before, would never be counted, nor on the days of a clock that was ahead.
	countAnewSQL = `
WITH hours AS (
	DELETE FROM hourly_outcomes WHERE hour >= date_trunc('hour', now(), 'UTC')
), days AS (
	DELETE FROM daily_outcomes WHERE day >= date_trunc('day', now(), 'UTC')
), minutes AS (
	DELETE FROM minutely_outcomes WHERE minute >= date_trunc('hour', now(), 'UTC')
)
UPDATE rolled_up
SET until = date_trunc('hour', now(), 'UTC'), days_until = least(days_until, date_trunc('day', now(), 'UTC'))`
)

// RollUp counts the jobs that came to their end since the last call into the rollup by hour, an hour of them at most, then days
// that are over into the one by day, and reports whether there is more to count. Any number of workers may call it: one does the
// work. Each job is counted once for each time it comes to an end.
func (s *Store) RollUp(ctx context.Context) (more bool, err error) {
	const timedOut = "57014"

	span := cmp.Or(time.Duration(s.rollUpBy.Load()), rollUpSpan)
	more, err = s.rollUp(ctx, span)

	switch {
	case sqlstate(err) == timedOut && ctx.Err() == nil && span > rollUpLeast:
		s.rollUpBy.Store(int64(max(span/4, rollUpLeast))) //nolint:mnd // a quarter
		return true, nil
	case err != nil:
		return false, fmt.Errorf("counting what came to its end by hour: %w", err)
	case more:
		return true, nil
	}

	s.rollUpBy.Store(0)

	more, err = s.rollUpSomeDays(ctx)
	if err != nil {
		return false, fmt.Errorf("counting what came to its end by day: %w", err)
	}

	return more, nil
}

// rollUp counts a span of time.
func (s *Store) rollUp(ctx context.Context, span time.Duration) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	err = s.db.tx(ctx, func(tx pgx.Tx) error {
		var since, now time.Time

		err := tx.QueryRow(ctx, lockRolledUpSQL).Scan(&since, &now)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}

		if err != nil {
			return err
		}

		if since.After(now) { // by more than the lag
			more = true
			_, err = tx.Exec(ctx, countAnewSQL)

			return err
		}

		until := since.Add(span)
		if end := now.Add(-rollUpLag); until.After(end) {
			until = end
		} else {
			more = true
		}

		if !until.After(since) {
			return nil
		}

		if _, err := tx.Exec(ctx, countRowsSQL, since, until); err != nil {
			return err
		}

		_, err = tx.Exec(ctx, moveRolledUpSQL, until)

		return err
	})

	return more, err
}
