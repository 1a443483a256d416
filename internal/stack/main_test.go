package stack_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
)

// childDir, set in the environment, makes the test binary a program that runs Postgres there until it is killed.
const childDir = "STACK_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, runChild(dir))
		os.Exit(1)
	}

	os.Exit(m.Run())
}

// runChild writes the URL of a Postgres to standard output and waits to be killed.
func runChild(dir string) error {
	bin, err := stack.FindBinaries(context.Background(), stack.Source(os.Getenv(stack.SourceSetting)), os.Stderr)
	if err != nil {
		return err
	}

	pg, err := stack.StartPostgres(context.Background(), stack.PostgresOptions{Dir: dir, Bin: bin})
	if err != nil {
		return err
	}

	if _, err := fmt.Fprintln(os.Stdout, pg.URL("postgres")); err != nil {
		return err
	}

	<-pg.Done()

	return pg.Err()
}

// binaries are those of the machine, or of the source that the setting names: so one run of the tests tries one way of getting them.
func binaries(t *testing.T) string {
	t.Helper()

	bin, err := stack.FindBinaries(t.Context(), stack.Source(os.Getenv(stack.SourceSetting)), os.Stderr)
	require.NoError(t, err)

	return bin
}

// openDir is a temporary directory that root's Postgres, which runs as another user, can get into. The way to t.TempDir is closed to it.
func openDir(t *testing.T) string {
	t.Helper()

	dir, err := os.MkdirTemp("", "stack-test-*") //nolint:usetesting // see above
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o711))

	return dir
}

func start(t *testing.T, dir string) *stack.Postgres {
	t.Helper()

	pg, err := stack.StartPostgres(t.Context(), stack.PostgresOptions{Dir: dir, Bin: binaries(t)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = pg.Stop(context.Background()) })

	return pg
}

func stop(t *testing.T, pg *stack.Postgres) {
	t.Helper()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	require.NoError(t, pg.Stop(ctx))
}
