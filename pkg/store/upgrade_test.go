package store_test

import (
	"database/sql"
	"math"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/migrations"
	"enroll.example/clicktopay/pkg/store"
)

// The last version before jobs had operations, and the step that brought them.
const (
	beforeOperations = 5
	operations       = 6
)

// oldDatabase is a database as an earlier program left it, and the way to the next versions. Migrations are taken from the
// folder of testdata where it has them.
func oldDatabase(t *testing.T, version int64, folder string) (*database, *goose.Provider) {
	t.Helper()

	url := stacktest.EmptyDatabase(t)

	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })

	last := int64(math.MaxInt64)
	if folder == earlier {
		last = lastEarlier
	}

	steps, err := goose.NewProvider(goose.DialectPostgres, db, migrationFiles(t, last, folder), goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)

	_, err = steps.UpTo(t.Context(), version)
	require.NoError(t, err)

	return &database{url: url, sql: openPool(t, url)}, steps
}

// enrollAsBefore writes what a worker of the earlier program writes: it knows no operations.
func enrollAsBefore(t *testing.T, d *database, id string) {
	t.Helper()

	d.exec(t, `
		INSERT INTO enrollments (job_id, program, external_card_id, status, src_digital_card_id,
			first_seen_at, attempts, attempt_started_at, charged, completed_at, message_digest, updated_at)
		VALUES ($1, 'acme', 'card-' || $1, 'enrolled', 'digital-' || $1, now(), 1, now(), 1, now(), sha256($1::text::bytea), now())`, id)
	d.exec(t, `
		INSERT INTO attempts (job_id, started_at, attempt, finished_at, verdict)
		VALUES ($1, now(), 1, now(), 'enrolled')`, id)
}

func TestEveryStepDownUndoesItsStepUp(t *testing.T) {
	t.Parallel()

	d, steps := oldDatabase(t, 1, "")
	before := []string{"", catalog(t, d.sql)} // by version

	for _, source := range steps.ListSources()[1:] {
		require.NoError(t, store.MigrateUpWith(t.Context(), d.url, migrationFiles(t, source.Version, ""), migrations.Views))

		before = append(before, catalog(t, d.sql))
	}

	for _, want := range slices.Backward(before[:len(before)-1]) {
		want = strings.ReplaceAll(want, " NOT VALID", "") // a constraint that was validated stays so

		undone, err := store.MigrateDown(t.Context(), d.url)
		require.NoError(t, err)
		require.Equal(t, strings.Split(want, "\n"), strings.Split(catalog(t, d.sql), "\n"), undone.Name)
	}
}

// The database is brought up while workers of the earlier program go on.
func TestOperationsComeBesideEarlierWorkers(t *testing.T) {
	t.Parallel()

	d, steps := oldDatabase(t, beforeOperations, "")
	enrollAsBefore(t, d, "before")

	_, err := steps.UpTo(t.Context(), operations)
	require.NoError(t, err)
	enrollAsBefore(t, d, "between")
	d.exec(t, `SELECT attempts_ensure_partition('2031-05-01')`)

	// The last step reads the tables and does not mind who writes to them.
	writing := d.transaction(t, `UPDATE enrollments SET updated_at = now()`)
	_, err = writing.Exec(t.Context(), `UPDATE attempts SET worker = 'w'`)
	require.NoError(t, err)

	_, err = steps.UpTo(t.Context(), operations+1)
	require.NoError(t, err)
	require.NoError(t, writing.Commit(t.Context()))
	enrollAsBefore(t, d, "after")

	_, err = store.MigrateUp(t.Context(), d.url)
	require.NoError(t, err)
	enrollAsBefore(t, d, "after all steps")

	require.Zero(t, value[int64](t, d, `SELECT count(*) FROM pg_constraint WHERE NOT convalidated`))

	s := openStore(t, d.url, store.Options{})

	for _, id := range []string{"before", "between", "after", "after all steps"} {
		outcome, ok, err := s.Outcome(t.Context(), id)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, store.OperationEnroll, outcome.Operation)
		require.Empty(t, outcome.SrcFlowID)

		card, ok, err := s.FindCard(t.Context(), "acme", "card-"+id)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "digital-"+id, card.SrcDigitalCardID)
	}
}

// Behind a long transaction the step gives up before workers do, and leaves nothing half done.
func TestOperationsDoNotWaitBehindALongTransaction(t *testing.T) {
	t.Parallel()

	d, _ := oldDatabase(t, beforeOperations, "")
	before := catalog(t, d.sql)
	report := d.transaction(t, `SELECT count(*) FROM enrollments`)

	_, err := store.MigrateUp(t.Context(), d.url)
	require.ErrorContains(t, err, "run it again when that has ended")
	require.True(t, store.Retryable(err))
	require.Equal(t, before, catalog(t, d.sql))

	require.NoError(t, report.Rollback(t.Context()))

	_, err = store.MigrateUp(t.Context(), d.url)
	require.NoError(t, err)
}

// What was done to cards is not forgotten by the way.
func TestUnenrollmentsKeepTheirStepFromBeingTakenBack(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		verdict string
		status  store.Status
		then    string // what is done by hand
	}{
		"taken out":                     {"unenrolled", store.StatusUnenrolled, ""},
		"no such card":                  {"not_enrolled", store.StatusNotEnrolled, ""},
		"refused":                       {"rejected", store.StatusRejected, ""},
		"waiting":                       {"halted", store.StatusPending, ""},
		"purged, and the attempts kept": {"unenrolled", store.StatusUnenrolled, `DELETE FROM enrollments WHERE job_id = 'out'`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d := newDatabase(t, store.Options{})
			begin(t, d.Store, beginRequest("in"))

			r := beginRequest("out")
			r.Job = newUnenrollJob("out")
			finish(t, d.Store, result(begin(t, d.Store, r), c.verdict, c.status))
			d.Close()

			if c.then != "" {
				d.exec(t, c.then)
			}

			for undone := int64(0); undone != operations+1; {
				step, err := store.MigrateDown(t.Context(), d.url)
				require.NoError(t, err)

				undone = step.Version
			}

			before := catalog(t, d.sql)
			_, err := store.MigrateDown(t.Context(), d.url)
			require.ErrorContains(t, err, "there are unenrollments")
			require.Equal(t, before, catalog(t, d.sql))

			// As the error says.
			d.exec(t, `DELETE FROM attempts WHERE job_id = 'out'`)
			d.exec(t, `DELETE FROM enrollments WHERE operation = 'unenroll'`)

			undone, err := store.MigrateDown(t.Context(), d.url)
			require.NoError(t, err)
			require.EqualValues(t, operations, undone.Version)
			require.EqualValues(t, 1, value[int64](t, d, `SELECT count(*) FROM enrollments`), "the other job stays")
			require.Zero(t, value[int64](t, d, `
				SELECT (SELECT count(*) FROM batch_counts WHERE status IN ('unenrolled', 'not_enrolled'))
				     + (SELECT count(*) FROM program_counts WHERE status IN ('unenrolled', 'not_enrolled'))`))

			_, err = store.MigrateUp(t.Context(), d.url)
			require.NoError(t, err)
		})
	}
}
