package stacktest_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/store"
)

// ahead is how far a database's function is ahead of this process's clock.
func ahead(t *testing.T, conn *pgx.Conn, function string) time.Duration {
	t.Helper()

	var at time.Time

	require.NoError(t, conn.QueryRow(t.Context(), "SELECT "+function+"()").Scan(&at))

	return time.Until(at)
}

func TestAClockOfPostgresIsMoved(t *testing.T) {
	t.Parallel()

	url := stacktest.Database(t)
	set := stacktest.SkewPostgres(t, url)
	conn := connect(t, url)

	for _, offset := range []time.Duration{0, 2 * time.Second, -2 * time.Minute, 2 * time.Hour, -30 * 24 * time.Hour, 0} {
		set(offset)

		for _, function := range []string{"now", "transaction_timestamp", "statement_timestamp", "clock_timestamp"} {
			require.InDelta(t, offset.Seconds(), ahead(t, conn, function).Seconds(), 1, "%s at %s", function, offset)
		}
	}

	require.InDelta(t, 0, ahead(t, conn, "pg_catalog.now").Seconds(), 1)
}

func TestAMovedClockIsWhatTheProjectsSQLSees(t *testing.T) {
	t.Parallel()

	url := stacktest.Database(t)
	set := stacktest.SkewPostgres(t, url)
	conn := connect(t, url)

	_, err := conn.Exec(t.Context(), `
		INSERT INTO enrollments (job_id, first_seen_at, program, updated_at, status, next_attempt_at, message_digest, attempt_started_at,
			attempts, charged)
		VALUES ('late', now(), 'acme', now(), 'retrying', now(), sha256('x'), now(), 1, 1)`)
	require.NoError(t, err)

	overdue := func() (late time.Duration) {
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT coalesce(max(overdue), interval '0') FROM unfinished").Scan(&late))
		return late
	}

	set(2 * time.Hour)
	require.InDelta(t, 2*time.Hour, overdue(), float64(time.Minute), "views that were there before")

	set(-2 * time.Hour)
	require.Zero(t, overdue())
}

func TestATransactionKeepsItsTimeWhenTheClockJumps(t *testing.T) {
	t.Parallel()

	url := stacktest.EmptyDatabase(t)
	set := stacktest.SkewPostgres(t, url)
	conn := connect(t, url)

	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	require.InDelta(t, 0, ahead(t, conn, "now").Seconds(), 10)

	set(time.Hour)
	require.InDelta(t, 0, ahead(t, conn, "now").Seconds(), 10)
	require.InDelta(t, 3600, ahead(t, conn, "clock_timestamp").Seconds(), 10)

	require.NoError(t, tx.Commit(t.Context()))
	require.InDelta(t, 3600, ahead(t, conn, "now").Seconds(), 10, "the next one sees the new time")
}

func TestTheSchemaCanBeMadeUnderAMovedClock(t *testing.T) {
	t.Parallel()

	url := stacktest.EmptyDatabase(t)
	stacktest.SkewPostgres(t, url)(-2 * time.Hour)

	_, err := store.MigrateUp(t.Context(), url)
	require.NoError(t, err)

	var schema string

	require.NoError(t, connect(t, url).
		QueryRow(t.Context(), "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = 'enrollments'::regclass").Scan(&schema))
	require.Equal(t, "public", schema)
}

// What these give is the server's own time, whatever the search_path.
func TestTheProjectsSQLAsksForTheTimeByFunctionsThatCanBeMoved(t *testing.T) {
	t.Parallel()

	fixed := regexp.MustCompile(`(?i)\b(current_timestamp|current_time|current_date|localtime|localtimestamp|timeofday)\b|pg_catalog\.(now|\w+_timestamp)|'(now|today|tomorrow|yesterday)'`)
	source := regexp.MustCompile(`\.(sql|go)$`)
	read := 0

	for _, dir := range []string{"../../../pkg/store", "../../../migrations"} {
		files := os.DirFS(dir)

		require.NoError(t, fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !source.MatchString(name) || strings.HasSuffix(name, "_test.go") {
				return err
			}

			text, err := fs.ReadFile(files, name)
			require.Empty(t, fixed.FindAllString(string(text), -1), name)

			read++

			return err
		}))
	}

	require.Greater(t, read, 20)
}
