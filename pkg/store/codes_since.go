package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// CodeSince is how many jobs failed for a reason since a time.
type CodeSince struct {
	CodeCount

	// SampleJobID is one of the jobs; empty where none is found fast.
	SampleJobID string
}

// A sample is the job that ended last for the reason, while it has its row.
//
// Whole days that are counted already come from the rollup by day, which has the most frequent codes of each, and other whole
// hours from the one by hour; what is before the first whole hour and behind the last count from the rows. The end of all time
// has the planner expect few hours. What has not come to an end is counted as it stands, if something has come to it since then;
// a sample of it is looked for among a thousand. Samples are looked for once the most frequent codes are known: there may be
// half a million.
const codesSinceSQL = `
WITH edge AS (
	SELECT until, days_until,
	       hour + CASE WHEN hour < $1 THEN interval '1 hour' ELSE interval '0' END AS hour,
	       day + CASE WHEN day < $1 THEN interval '24 hours' ELSE interval '0' END AS day
	FROM rolled_up,
	     (SELECT date_trunc('hour', $1::timestamptz, 'UTC') AS hour, date_trunc('day', $1::timestamptz, 'UTC') AS day) AS since
), ended AS (
	SELECT program, status, reason, detail, count, first_at, last_at
	FROM daily_outcomes WHERE day >= (SELECT day FROM edge) AND day < (SELECT days_until FROM edge)
	UNION ALL
	SELECT program, status, reason, detail, count, first_at, last_at
	FROM hourly_outcomes WHERE hour >= (SELECT hour FROM edge) AND hour < (SELECT least(day, days_until) FROM edge)
	UNION ALL
	SELECT program, status, reason, detail, count, first_at, last_at
	FROM hourly_outcomes WHERE hour >= (SELECT greatest(hour, days_until) FROM edge) AND hour < 'infinity'
	UNION ALL
	SELECT program, status, ` + reasonSQL + `, ` + detailSQL + `, count(*), min(completed_at), max(completed_at)
	FROM enrollments
	WHERE completed_at >= $1 AND completed_at < (SELECT least(hour, until) FROM edge)
	  AND status IN ('rejected', 'invalid', 'expired', 'conflict', 'dead', 'canceled')
	GROUP BY 1, 2, 3, 4
	UNION ALL
	SELECT program, status, ` + reasonSQL + `, ` + detailSQL + `, count(*), min(completed_at), max(completed_at)
	FROM enrollments
	WHERE completed_at >= (SELECT greatest($1, until) FROM edge)
	  AND status IN ('rejected', 'invalid', 'expired', 'conflict', 'dead', 'canceled')
	GROUP BY 1, 2, 3, 4
), standing AS (
	SELECT program, status, reason, detail, sum(count) AS count, min(first_at) AS first_at, max(last_at) AS last_at
	FROM program_counts
	WHERE status IN ('retrying', 'pending', 'in_doubt') AND reason <> ''
	GROUP BY program, status, reason, detail
	HAVING sum(count) > 0 AND max(last_at) >= $1
), most AS (
	SELECT program, status, reason, detail,
	       sum(count)::bigint AS count, min(first_at) AS first_at, max(last_at) AS last_at, true AS ended
	FROM ended
	WHERE status IN ('rejected', 'invalid', 'expired', 'conflict', 'dead', 'canceled') AND ($2 = '' OR program = $2)
	GROUP BY program, status, reason, detail
	UNION ALL
	SELECT program, status, reason, detail, count::bigint, first_at, last_at, false
	FROM standing
	WHERE $2 = '' OR program = $2
	ORDER BY count DESC, program, status, reason, detail
	LIMIT 1000
)
SELECT program, status, reason, detail, count, first_at, last_at, CASE WHEN ended THEN (
	SELECT job_id FROM enrollments e
	WHERE e.program = m.program AND e.status = m.status AND e.completed_at = m.last_at
	  AND e.status IN ('rejected', 'invalid', 'expired', 'conflict', 'dead', 'canceled')
	  AND ` + reasonSQL + ` = m.reason AND ` + detailSQL + ` = m.detail LIMIT 1)
ELSE (
	SELECT job_id FROM (
		(SELECT job_id, program, status, error_reason, error_detail FROM enrollments
		 WHERE status = 'retrying' AND m.status = 'retrying' ORDER BY next_attempt_at LIMIT 1000)
		UNION ALL
		(SELECT job_id, program, status, error_reason, error_detail FROM enrollments
		 WHERE status = 'pending' AND m.status = 'pending' ORDER BY updated_at LIMIT 1000)
		UNION ALL
		(SELECT job_id, program, status, error_reason, error_detail FROM enrollments
		 WHERE status = 'in_doubt' AND program = m.program AND m.status = 'in_doubt' LIMIT 1000)
	) AS e
	WHERE e.program = m.program AND ` + reasonSQL + ` = m.reason AND ` + detailSQL + ` = m.detail LIMIT 1)
END
FROM most m
ORDER BY count DESC, program, status, reason, detail`

// CodesSince counts the jobs that failed since a time, by program, status and code, the most frequent first: 1,000 at most. An
// empty program stands for all.
func (s *Store) CodesSince(ctx context.Context, since time.Time, program string) ([]CodeSince, error) {
	counts, err := list(ctx, s, codesSinceSQL, []any{since, program}, func(row pgx.Rows, c *CodeSince) error {
		err := row.Scan(&c.Program, &c.Status, &c.Reason, &c.Detail, &c.Count, nullTime(&c.First), nullTime(&c.Last),
			nullText(&c.SampleJobID))
		c.First, c.Last = c.First.UTC(), c.Last.UTC()

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what failed since %s: %w", since.UTC().Format(time.RFC3339), err)
	}

	return counts, nil
}
