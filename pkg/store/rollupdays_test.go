package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// hoursOf gives a database the counts of some days by hour, with some codes each hour.
func (d *database) hoursOf(t *testing.T, days, codes int) {
	t.Helper()
	d.exec(t, `INSERT INTO hourly_outcomes (hour, program, status, reason, detail, count, first_at, last_at)
		SELECT hour, p, 'rejected', 'REASON_' || c, 'DETAIL', c, hour + interval '1 s', hour + interval '30 min'
		FROM generate_series(date_trunc('day', now(), 'UTC') - $1 * interval '24 hours', date_trunc('hour', now(), 'UTC') - interval '1 hour', interval '1 hour') hour,
			unnest('{acme,gold}'::text[]) p, generate_series(1, $2::integer) c`, days, codes)
}

func TestCodesSinceATimeAreTheSameFromDaysAndHours(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.hoursOf(t, 17, 3)

	today := value[time.Time](t, d, `SELECT date_trunc('day', now(), 'UTC')`)
	sinces := []time.Time{
		today, today.Add(time.Second), today.Add(-time.Second), today.Add(-24 * time.Hour), today.Add(-25*time.Hour + time.Minute),
		today.Add(-23 * time.Hour), today.AddDate(0, 0, -16), today.AddDate(0, 0, -16).Add(-90 * time.Minute), today.AddDate(-1, 0, 0),
		today.Add(24 * time.Hour),
	}

	all := func() (all [][]store.CodeSince) {
		for _, since := range sinces {
			for _, program := range []string{"", "gold"} {
				codes, err := d.CodesSince(t.Context(), since, program)
				require.NoError(t, err)

				all = append(all, codes)
			}
		}

		return all
	}

	want := all()
	require.Len(t, want[len(want)-4], 6)
	require.Empty(t, want[len(want)-1])

	days := `SELECT count(DISTINCT day) FROM daily_outcomes`
	require.Zero(t, value[int64](t, d, days))

	more, err := d.RollUp(t.Context())
	require.NoError(t, err)
	require.True(t, more)
	require.Equal(t, int64(7), value[int64](t, d, days), "a week at once")
	require.Equal(t, want, all(), "of some days")

	require.Equal(t, 2, d.rollUp(t))
	require.Equal(t, int64(17), value[int64](t, d, days))
	require.Equal(t, int64(17*2*3), value[int64](t, d, `SELECT count(*) FROM daily_outcomes`))
	require.Equal(t, want, all(), "of all days that are over")
	require.Equal(t, today.UTC(), value[time.Time](t, d, `SELECT days_until FROM rolled_up`).UTC())

	// Filled once more, by whoever has set the account back, they are the same.
	d.exec(t, `UPDATE rolled_up SET days_until = date_trunc('day', now(), 'UTC') - 5 * interval '24 hours'`)
	require.Equal(t, want, all())
	d.rollUp(t)
	require.Equal(t, want, all())
}

// However many codes there are, a day has some hundred.
func TestADayKeepsItsMostFrequentCodes(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.hoursOf(t, 2, 230)
	d.rollUp(t)

	require.Equal(t, int64(2*2*201), value[int64](t, d, `SELECT count(*) FROM daily_outcomes`))
	require.Equal(t, int64(24*30*31/2), value[int64](t, d, `SELECT count FROM daily_outcomes WHERE reason = 'OTHER' AND detail = '' AND program = 'gold' ORDER BY day LIMIT 1`))
	require.Equal(t, value[int64](t, d, `SELECT sum(count)::bigint FROM hourly_outcomes WHERE hour < date_trunc('day', now(), 'UTC')`),
		value[int64](t, d, `SELECT sum(count)::bigint FROM daily_outcomes`), "none is lost")
}

func TestCodesOfWeeksAreReadFromDays(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.hoursOf(t, 100, 20)
	d.rollUp(t)
	d.exec(t, `VACUUM (ANALYZE, PARALLEL 0)`)

	rows, err := d.sql.Query(t.Context(), `EXPLAIN (ANALYZE, TIMING OFF) `+store.CodesSinceSQL, time.Now().Add(-60*24*time.Hour), "")
	require.NoError(t, err)

	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)

	plan := strings.Join(lines, "\n")
	require.NotContains(t, plan, "Seq Scan on hourly_outcomes", plan)
	require.NotRegexp(t, `hourly_outcomes .*rows=\d{4,} loops`, plan, "two days of hours at most")
}

func TestADayIsFilledWhenItIsOver(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	require.Equal(t, 1, d.rollUp(t), "there is nothing")
	d.hoursOf(t, 1, 1)

	d.exec(t, `UPDATE rolled_up SET until = date_trunc('day', now(), 'UTC') - interval '1 minute', days_until = date_trunc('day', now(), 'UTC') - interval '24 hours'`)

	tx, err := d.sql.Begin(t.Context())
	require.NoError(t, err)

	_, err = tx.Exec(t.Context(), `SELECT until FROM rolled_up FOR UPDATE`)
	require.NoError(t, err)

	more, err := d.RollUp(t.Context())
	require.NoError(t, err)
	require.False(t, more, "who counts is not waited for")
	require.NoError(t, tx.Rollback(t.Context()))
	require.Zero(t, value[int64](t, d, `SELECT count(*) FROM daily_outcomes`))

	d.rollUp(t)
	require.Equal(t, int64(2), value[int64](t, d, `SELECT count(*) FROM daily_outcomes`), "yesterday, of two programs")
}
