package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func partitions(t *testing.T, d *database) []string {
	t.Helper()

	return value[[]string](t, d, `
		SELECT array_agg(inhrelid::regclass::text ORDER BY inhrelid::regclass::text)
		FROM pg_inherits WHERE inhparent = 'attempts'::regclass`)
}

func TestEnsurePartitions(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	begin(t, d.Store, beginRequest("now"))
	require.NotEqual(t, "attempts_default", value[string](t, d, `SELECT tableoid::regclass::text FROM attempts WHERE job_id = 'now'`))
	require.Len(t, partitions(t, d), 5, "the default, this month and three more, by Open")

	// Rows that came before their partitions, on both sides of a month's end (UTC).
	d.exec(t, `INSERT INTO attempts (job_id, attempt, started_at) VALUES
		('last of May', 1, '2031-05-31 23:59:59.999999+00'), ('first of June', 1, '2031-06-01 01:00:00+01'), ('September', 1, '2031-09-01 00:00:00+00')`)

	together(8, func(int) {
		if err := d.EnsurePartitions(t.Context(), time.Date(2031, 5, 31, 23, 0, 0, 0, time.UTC)); err != nil {
			t.Error(err)
		}
	})

	all := partitions(t, d)
	require.Len(t, all, 9)
	require.Subset(t, all, []string{"attempts_2031_05", "attempts_2031_06", "attempts_2031_07", "attempts_2031_08"})

	for job, want := range map[string]string{
		"last of May": "attempts_2031_05", "first of June": "attempts_2031_06", "September": "attempts_default",
	} {
		require.Equal(t, want, value[string](t, d, `SELECT tableoid::regclass::text FROM attempts WHERE job_id = $1`, job), job)
	}
}

// A worker need not own the tables, nor have the right to make any.
func TestEnsurePartitionsWithoutTheRightToCreate(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	conn, err := d.sql.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()

	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(t.Context())

	for _, sql := range []string{
		`CREATE ROLE enroll_worker_test`,
		`REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
		`SET LOCAL ROLE enroll_worker_test`,
		`CREATE TEMPORARY TABLE attempts_default (started_at timestamptz)`, // must not be taken for ours
		`SELECT attempts_ensure_partition('2031-05-01')`,
	} {
		_, err := tx.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
	}

	var owner string
	require.NoError(t, tx.QueryRow(t.Context(), `SELECT relowner::regrole::text FROM pg_class WHERE relname = 'attempts_2031_05'`).Scan(&owner))
	require.NotEqual(t, "enroll_worker_test", owner)
}
