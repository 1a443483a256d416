package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// hours are the counts by hour, as a text for each.
func (d *database) hours(t *testing.T, table string) (counted []string) {
	t.Helper()

	rows, err := d.sql.Query(t.Context(), `SELECT concat_ws(' ', extract(epoch FROM date_trunc('hour', now(), 'UTC') - hour)::int / 3600, status, nullif(reason, ''), nullif(detail, ''), count)
		FROM `+table+` ORDER BY hour, status, reason`)
	require.NoError(t, err)

	defer rows.Close()

	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))

		counted = append(counted, line)
	}

	return counted
}

// ended makes a row that came to its end some hours before the hour that is now, and a minute into its hour.
func (d *database) ended(t *testing.T, id, status, reason string, hoursAgo int) {
	t.Helper()
	d.exec(t, `
		INSERT INTO enrollments (job_id, program, status, error_reason, message_digest, first_seen_at, completed_at, updated_at)
		SELECT $1, 'acme', $2, nullif($3, ''), sha256('x'), at - interval '1 s', at, at + interval '0'
		FROM (SELECT date_trunc('hour', now(), 'UTC') - $4 * interval '1 hour' + interval '1 minute' AS at) AS t`, id, status, reason, hoursAgo)
}

func (d *database) rollUp(t *testing.T) (calls int) {
	t.Helper()

	for more := true; more; calls++ {
		var err error

		more, err = d.RollUp(t.Context())
		require.NoError(t, err)
	}

	return calls
}

func TestEndedJobsAreCountedByHourOnce(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.exec(t, `UPDATE rolled_up SET until = date_trunc('hour', now(), 'UTC') - interval '5 hours'`)
	d.ended(t, "a", "enrolled", "", 5)
	d.ended(t, "b", "enrolled", "", 5)
	d.ended(t, "c", "rejected", "INVALID_STATE", 3)
	d.ended(t, "d", "rejected", "some text", 3)
	d.ended(t, "before", "enrolled", "", 9)

	want := []string{"5 enrolled 2", "3 rejected INVALID_STATE 1", "3 rejected OTHER 1"}
	all := d.hours(t, "outcomes_by_hour")
	require.Equal(t, want, all, "before anything is counted")

	require.GreaterOrEqual(t, d.rollUp(t), 5)
	require.Equal(t, want, d.hours(t, "hourly_outcomes"))
	require.Equal(t, 1, d.rollUp(t))
	require.Equal(t, all, d.hours(t, "outcomes_by_hour"))

	require.Equal(t, int64(4), value[int64](t, d, `SELECT sum(count)::bigint FROM minutely_outcomes`))
	require.Equal(t, int64(2), value[int64](t, d, `SELECT sum(count)::bigint FROM outcomes_by_minute WHERE status = 'rejected'
		AND minute = date_trunc('hour', now()) - interval '3 hours' + interval '1 minute'`))

	// A job that ends later is counted on top, into its hour, whatever was counted before.
	d.exec(t, `UPDATE rolled_up SET until = date_trunc('hour', now(), 'UTC') - interval '3 hours' + interval '2 minutes'`)
	d.exec(t, `UPDATE enrollments SET completed_at = completed_at + interval '5 minutes', error_reason = 'INVALID_STATE' WHERE job_id = 'd'`)
	d.rollUp(t)
	require.Contains(t, d.hours(t, "hourly_outcomes"), "3 rejected INVALID_STATE 2")

	// What ended within the last minute may not be committed yet.
	jobTest{database: d, tb: t, id: "now"}.finish("enrolled", store.StatusEnrolled)
	d.rollUp(t)
	require.Zero(t, value[int64](t, d, `SELECT count(*) FROM hourly_outcomes WHERE last_at > now() - interval '50 seconds'`))
	require.Equal(t, int64(1), value[int64](t, d, `SELECT count(*) FROM outcomes_by_hour WHERE last > now() - interval '50 seconds'`))
}

func TestWhoCountsIsNotWaitedFor(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.exec(t, `UPDATE rolled_up SET until = now() - interval '5 hours'`)

	tx, err := d.sql.Begin(t.Context())
	require.NoError(t, err)

	_, err = tx.Exec(t.Context(), `SELECT until FROM rolled_up FOR UPDATE`)
	require.NoError(t, err)

	more, err := d.RollUp(t.Context())
	require.NoError(t, err)
	require.False(t, more)
	require.NoError(t, tx.Rollback(t.Context()))

	more, err = d.RollUp(t.Context())
	require.NoError(t, err)
	require.True(t, more)
}

func TestCodesAreCountedSinceATime(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.exec(t, `UPDATE rolled_up SET until = date_trunc('hour', now(), 'UTC') - interval '9 hours'`)

	for i, hour := range []int{8, 5, 5, 3} {
		d.ended(t, "r"+string(rune('a'+i)), "rejected", "INVALID_STATE", hour)
	}

	d.ended(t, "e", "enrolled", "", 3)
	d.rollUp(t)
	jobTest{database: d, tb: t, id: "now"}.finish("rejected", store.StatusRejected, func(r *store.FinishRequest) {
		r.Failure = store.Failure{Reason: "INVALID_STATE"}
	})
	jobTest{database: d, tb: t, id: "waits"}.retrying(time.Now())
	jobTest{database: d, tb: t, id: "doubt"}.finish("unknown", store.StatusInDoubt, func(r *store.FinishRequest) {
		r.Failure = store.Failure{Reason: "TIMEOUT"}
	})

	start := value[time.Time](t, d, `SELECT date_trunc('hour', now(), 'UTC')`)

	for name, c := range map[string]struct {
		since   time.Duration // before the hour that is now
		program string
		want    int64 // jobs that were rejected
	}{
		"all":                               {20 * time.Hour, "", 5},
		"whole hours":                       {5 * time.Hour, "acme", 4},
		"a part of an hour that has none":   {5*time.Hour - 2*time.Minute, "", 2},
		"a part of an hour that has some":   {5*time.Hour - 30*time.Second, "", 4},
		"behind the last that was counted":  {-time.Nanosecond, "", 1},
		"another program":                   {20 * time.Hour, "gold", 0},
		"since the first second of an hour": {3 * time.Hour, "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			codes, err := d.CodesSince(t.Context(), start.Add(-c.since), c.program)
			require.NoError(t, err)

			if c.program == "gold" {
				require.Empty(t, codes)
				return
			}

			found := map[store.Status]store.CodeSince{}
			for _, code := range codes {
				found[code.Status] = code
			}

			require.Equal(t, c.want, found[store.StatusRejected].Count)
			require.NotEmpty(t, found[store.StatusRejected].SampleJobID)
			require.False(t, found[store.StatusRejected].Last.Before(start.Add(-c.since)))
			require.Equal(t, "waits", found[store.StatusRetrying].SampleJobID)
			require.Equal(t, "UNAVAILABLE", found[store.StatusRetrying].Reason)
			require.Equal(t, "doubt", found[store.StatusInDoubt].SampleJobID)
			require.NotContains(t, found, store.StatusEnrolled)
		})
	}
}

// After an upgrade, hours are counted in which more came to its end than a statement can count. It would take too long each time.
func TestAnHourThatTakesTooLongIsCountedInParts(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.exec(t, `UPDATE rolled_up SET until = date_trunc('hour', now(), 'UTC') - interval '3 hours'`)

	const jobs = 60 // one a minute, each of which takes 20 ms to count

	d.exec(t, `INSERT INTO enrollments (job_id, program, status, message_digest, first_seen_at, completed_at, updated_at)
		SELECT 'job-' || n, 'acme', 'enrolled', sha256('x'), at - interval '1 s', at, at + interval '0'
		FROM generate_series(0, $1::integer - 1) n, LATERAL (SELECT date_trunc('hour', now(), 'UTC') - interval '3 hours' + n * interval '1 minute' AS at) AS t`,
		jobs)
	d.exec(t, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END $$`)
	d.exec(t, `CREATE TRIGGER slow BEFORE INSERT ON minutely_outcomes FOR EACH ROW EXECUTE FUNCTION slow()`)

	hurried := &database{Store: openStore(t, with(d.url, "statement_timeout=700ms"), store.Options{}), url: d.url, sql: d.sql}
	require.Less(t, hurried.rollUp(t), 20)
	require.Equal(t, []string{"3 enrolled 60"}, d.hours(t, "hourly_outcomes"))
}

// A clock of Postgres' that was ahead, and is right again, leaves no time of which nothing is counted, and nothing counted twice.
func TestWhatEndsAfterTheClockWasSetBackIsCounted(t *testing.T) {
	t.Parallel()

	for name, ahead := range map[string]int{"an hour": 1, "some days": 50} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d := newDatabase(t, store.Options{})
			d.exec(t, `UPDATE rolled_up SET until = date_trunc('hour', now(), 'UTC') - interval '60 hours'`)
			d.ended(t, "long ago", "rejected", "A", 55)
			d.ended(t, "before", "rejected", "A", 1)
			d.rollUp(t)

			// While the clock was ahead, one ended, and all was counted.
			d.ended(t, "ahead", "rejected", "A", -ahead)
			d.exec(t, `INSERT INTO hourly_outcomes SELECT date_trunc('hour', completed_at, 'UTC'), program, status, error_reason, '', 1, completed_at, completed_at
				FROM enrollments WHERE job_id = 'ahead'`)
			d.exec(t, `INSERT INTO daily_outcomes SELECT date_trunc('day', hour, 'UTC'), program, status, reason, detail, sum(count), min(first_at), max(last_at)
				FROM hourly_outcomes GROUP BY 1, 2, 3, 4, 5 ON CONFLICT (day, program, status, reason, detail) DO UPDATE SET count = excluded.count, last_at = excluded.last_at`)
			d.exec(t, `UPDATE rolled_up SET until = date_trunc('hour', now(), 'UTC') + $1 * interval '1 hour' + interval '5 minutes',
				days_until = date_trunc('day', now() + $1 * interval '1 hour', 'UTC')`, ahead)

			jobTest{database: d, tb: t, id: "now"}.finish("rejected", store.StatusRejected, func(r *store.FinishRequest) {
				r.Failure = store.Failure{Reason: "A"}
			})
			d.rollUp(t)

			for since, want := range map[time.Duration]int64{58 * time.Hour: 4, 30 * time.Hour: 3, time.Minute: 2} {
				codes, err := d.CodesSince(t.Context(), time.Now().Add(-since), "acme")
				require.NoError(t, err)
				require.Len(t, codes, 1)
				require.Equal(t, want, codes[0].Count, "since %s", since)
			}

			require.Equal(t, int64(4), value[int64](t, d, `SELECT sum(count)::bigint FROM outcomes_by_hour`))
		})
	}
}
