package chaos_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/chaos"
)

// Of make upgrade-test, which builds an earlier revision.
//
//nolint:gochecknoglobals // where the flags of a test binary have to be
var (
	oldTest   = flag.String("old", "", "the test of this package of an earlier version, for its workers")
	oldWorker = flag.String("old-worker", "", "the program worker of that version, for its schema")
)

// Two versions run beside each other over a migration, are rolled back and upgraded again, while jobs and faults go on. Without
// -old the version before is this one, at the schema that it knows, and the next version's schema is one compatible step further:
// this shows that workers go on, and start again, at a schema that is newer than they know.
func TestAnUpgradeLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()

	bin, err := stack.FindBinaries(t.Context(), stack.Source(os.Getenv(stack.SourceSetting)), os.Stderr)
	require.NoError(t, err)

	upgrade := toTheNextVersion(t)
	if *oldTest != "" {
		upgrade = fromAnEarlierVersion(t)
	}

	options := chaos.Options{
		Seed: *seed + 1, Faults: *faults, Jobs: *count, Every: *every, Dir: runDir(t), Bin: bin, Out: t.Output(), Upgrade: upgrade,
		Only: upgradeFaults(*only), EnrollOnly: *oldTest != "",
	}

	report, err := chaos.Run(t.Context(), options)
	require.NoError(t, err, "seed %d, logs in %s", options.Seed, options.Dir)

	var table strings.Builder

	require.NoError(t, report.Print(&table))

	calls := map[string]int{}

	for _, attempt := range report.History.Attempts {
		version, _, _ := strings.Cut(attempt.Worker, "-")
		calls[version]++
	}

	t.Logf("\n%s\nattempts by version: %v", table.String(), calls)
	require.Empty(t, report.Violations, "seed %d, logs in %s", options.Seed, options.Dir)
	require.Equal(t, *count, report.Cards())
	require.NotZero(t, calls[chaos.OldVersion], "workers of the version before have worked")
	require.NotZero(t, calls[chaos.NewVersion], "and workers of this one")

	if *oldTest == "" {
		requireStartedAtANewerSchema(t, options.Dir)
	}
}

// requireStartedAtANewerSchema looks into the logs of the workers: they started at a schema newer than they know.
func requireStartedAtANewerSchema(t *testing.T, dir string) {
	t.Helper()

	logs, err := filepath.Glob(filepath.Join(dir, "worker-*.log"))
	require.NoError(t, err)

	var said strings.Builder

	for _, log := range logs {
		text, err := os.ReadFile(log)
		require.NoError(t, err)
		said.Write(text)
	}

	require.Contains(t, said.String(), "newer than this program")
	require.NotContains(t, said.String(), store.ErrSchema.Error())
}

// upgradeFaults are those that meet an upgrade: workers that end, links, and the database.
func upgradeFaults(only string) []chaos.Kind {
	if only != "" {
		return []chaos.Kind{chaos.Kind(only)}
	}

	return []chaos.Kind{
		chaos.KindCrash, chaos.KindKill, chaos.KindPostgres, chaos.KindNode, chaos.KindReset, chaos.KindStall, chaos.KindRefuse,
		chaos.KindStorm, chaos.KindDeaf,
	}
}

// runDir is where the data and logs of a run are.
func runDir(t *testing.T) string {
	t.Helper()

	if *keep != "" {
		return *keep
	}

	dir, err := os.MkdirTemp("", "enroll-chaos-*") //nolint:usetesting // Postgres' own user must be able to walk through
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))

	t.Cleanup(func() {
		if !t.Failed() {
			require.NoError(t, os.RemoveAll(dir))
		}
	})

	return dir
}

// toTheNextVersion is an upgrade to a schema one step newer than this version knows, such as the next one's may be.
func toTheNextVersion(t *testing.T) *chaos.Upgrade {
	t.Helper()

	known, err := store.SchemaVersion()
	require.NoError(t, err)

	next := known + 1

	return &chaos.Upgrade{
		Prepare: migrateUp,
		Forward: executing(fmt.Sprintf(`
			SET LOCAL lock_timeout = '3s';
			ALTER TABLE enrollments ADD COLUMN IF NOT EXISTS of_the_next_version text;
			ALTER TABLE attempts ADD COLUMN IF NOT EXISTS of_the_next_version integer NOT NULL DEFAULT 0;
			DELETE FROM goose_db_version WHERE version_id = %d;
			DELETE FROM schema_support WHERE version = %[1]d;
			INSERT INTO goose_db_version (version_id, is_applied) VALUES (%[1]d, true);
			INSERT INTO schema_support (version, oldest) VALUES (%[1]d, %d);`, next, known)),
		Back: executing(fmt.Sprintf(`
			SET LOCAL lock_timeout = '3s';
			ALTER TABLE attempts DROP COLUMN IF EXISTS of_the_next_version;
			ALTER TABLE enrollments DROP COLUMN IF EXISTS of_the_next_version;
			DELETE FROM schema_support WHERE version = %d;
			DELETE FROM goose_db_version WHERE version_id = %[1]d;`, next)),
	}
}

// executing runs statements in one transaction.
func executing(statements string) func(context.Context, string) error {
	return func(ctx context.Context, url string) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()

		_, err = conn.Exec(ctx, "BEGIN;"+statements+"COMMIT;")

		return err
	}
}

func migrateUp(ctx context.Context, url string) error {
	_, err := store.MigrateUp(ctx, url)

	return err
}

// fromAnEarlierVersion is an upgrade from the schema of another revision to this one's.
func fromAnEarlierVersion(t *testing.T) *chaos.Upgrade {
	t.Helper()

	require.NotEmpty(t, *oldWorker, "-old needs -old-worker")

	var earlier int64

	prepare := func(ctx context.Context, url string) error {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()

		said, err := exec.CommandContext(ctx, *oldWorker, "migrate", "up", "--database-url", url).CombinedOutput()
		if err != nil {
			return fmt.Errorf("migrating as the version before does: %w: %s", err, said)
		}

		earlier, err = versionOf(ctx, url)

		return err
	}

	back := func(ctx context.Context, url string) error {
		for {
			have, err := versionOf(ctx, url)
			if err != nil || have <= earlier {
				return err
			}

			if _, err := store.MigrateDown(ctx, url); err != nil {
				return err
			}
		}
	}

	return &chaos.Upgrade{Executable: *oldTest, Prepare: prepare, Forward: migrateUp, Back: back}
}

func versionOf(ctx context.Context, url string) (version int64, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()

	return version, conn.QueryRow(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&version)
}
