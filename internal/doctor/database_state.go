package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// Limits beyond which something is worth a word.
const (
	mostClockDifference = 5 * time.Second
	oldTransaction      = time.Hour
	manyDeadRows        = 100_000
	leastRoomForWorkers = 2
)

// connections compares the server's limit with what a worker takes.
func (d *database) connections(ctx context.Context) error {
	var most, used int

	err := d.one(ctx, `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
		(SELECT coalesce(sum(numbackends), 0)::int FROM pg_stat_database)`, &most, &used)
	if err != nil {
		return fmt.Errorf("reading the limit of connections: %w", err)
	}

	room := (most - used) / store.Connections
	found := fmt.Sprintf("%d of %d in use; a worker takes up to %d, so there is room for %d more workers",
		used, most, store.Connections, room)

	if room < leastRoomForWorkers {
		d.warn("connections", "Raise max_connections, or put a pooler in between.", "%s", found)
	} else {
		d.ok("connections", "%s", found)
	}

	return nil
}

func (d *database) clock(ctx context.Context) error {
	var theirs time.Time

	before := d.Now()
	if err := d.one(ctx, `SELECT clock_timestamp()`, &theirs); err != nil {
		return fmt.Errorf("reading the clock: %w", err)
	}

	after := d.Now()
	d.difference("clock", theirs.Sub(before.Add(after.Sub(before)/2)))

	return nil
}

// difference tells how far another clock is from this machine's.
func (c *checks) difference(name string, ahead time.Duration) {
	found := "the same as this machine's"

	switch ahead = ahead.Round(time.Millisecond); {
	case ahead > 0:
		found = fmt.Sprintf("%s ahead of this machine's", ahead)
	case ahead < 0:
		found = fmt.Sprintf("%s behind this machine's", -ahead)
	}

	if ahead.Abs() > mostClockDifference {
		c.warn(name, "Set both machines' clocks by NTP.", "%s", found)
	} else {
		c.ok(name, "%s", found)
	}
}

// transactions looks for one that keeps dead rows from being removed. A role sees when transactions of others began only as a
// member of pg_read_all_stats.
func (d *database) transactions(ctx context.Context) error {
	var (
		age  float64
		seen bool
	)

	err := d.one(ctx, `SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float8,
		pg_has_role(current_user, 'pg_read_all_stats', 'MEMBER')
		FROM pg_stat_activity WHERE datname = current_database()`, &age, &seen)
	if err != nil {
		return fmt.Errorf("looking for old transactions: %w", err)
	}

	oldest := time.Duration(age * float64(time.Second)).Round(time.Second)

	switch {
	case oldest > oldTransaction:
		d.warn("oldest transaction", "End it: SELECT pid, xact_start, query FROM pg_stat_activity ORDER BY xact_start",
			"began %s ago: dead rows are kept since, and queries become slower", oldest)
	case !seen:
		d.ok("oldest transaction", "none of this role's is old; those of others are seen by members of pg_read_all_stats only")
	default:
		d.ok("oldest transaction", "began %s ago", oldest)
	}

	return nil
}

func (d *database) deadRows(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()

	rows, err := d.conn.Query(ctx, `SELECT relname::text, n_dead_tup, n_live_tup FROM pg_stat_user_tables
		WHERE n_dead_tup > $1 AND n_dead_tup > n_live_tup / 2 ORDER BY n_dead_tup DESC LIMIT 5`, manyDeadRows)
	if err != nil {
		return fmt.Errorf("looking for dead rows: %w", err)
	}
	defer rows.Close()

	var bloated []string

	for rows.Next() {
		var (
			table      string
			dead, live int64
		)

		if err := rows.Scan(&table, &dead, &live); err != nil {
			return fmt.Errorf("looking for dead rows: %w", err)
		}

		bloated = append(bloated, fmt.Sprintf("%s has %d dead rows beside %d", table, dead, live))
	}

	if err := rows.Err(); err != nil {
		return fmt.Errorf("looking for dead rows: %w", err)
	}

	if len(bloated) > 0 {
		d.warn("dead rows", "See that autovacuum runs and is not held back by an old transaction.", "%s", strings.Join(bloated, "; "))
	} else {
		d.ok("dead rows", "no table has many")
	}

	return nil
}

// partitions looks for those of this month and the next.
func (d *database) partitions(ctx context.Context) error {
	var (
		there   bool
		missing []string
	)

	err := d.one(ctx, `SELECT to_regclass('attempts') IS NOT NULL,
		array(SELECT to_char(month, 'YYYY-MM') FROM generate_series(date_trunc('month', now(), 'UTC'),
			now() + interval '1 month', interval '1 month') AS month
			WHERE to_regclass('attempts_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM')) IS NULL)`, &there, &missing)
	if err != nil {
		return fmt.Errorf("looking for partitions: %w", err)
	}

	switch {
	case !there: // see the schema
	case len(missing) > 0:
		d.warn("partitions", "A worker makes them when it starts, and once a day: see its log.",
			"attempts has none for %s; rows go to the default one", strings.Join(missing, ", "))
	default:
		d.ok("partitions", "attempts has those of this month and the next")
	}

	return nil
}
