package stack_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack"
)

const (
	patience = 30 * time.Second
	poll     = 10 * time.Millisecond
)

// processesIn are the living processes with dir in their command line.
func processesIn(t *testing.T, dir string) []string {
	t.Helper()

	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)

	var found []string

	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && strings.Contains(string(b), dir) { // a zombie's is empty
			found = append(found, strings.ReplaceAll(string(b), "\x00", " "))
		}
	}

	return found
}

func noProcessIn(t *testing.T, dir string) {
	t.Helper()
	require.Empty(t, processesIn(t, dir))
}

// Each of these times ends somewhere on the way of a start: before initdb, in it, or while the server gets ready.
func TestPostgresStartOutOfTimeLeavesNothing(t *testing.T) {
	t.Parallel()

	for _, limit := range []time.Duration{time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond} {
		t.Run(limit.String(), func(t *testing.T) {
			t.Parallel()

			bin := binaries(t)
			dir := filepath.Join(openDir(t), "postgres")

			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()

			pg, err := stack.StartPostgres(ctx, stack.PostgresOptions{Dir: dir, Bin: bin})
			if err == nil { // a fast machine
				stop(t, pg)

				return
			}

			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.NoDirExists(t, dir)
			noProcessIn(t, dir)
		})
	}
}

func TestPostgresEndsWithItsParent(t *testing.T) {
	t.Parallel()

	self, err := os.Executable()
	require.NoError(t, err)

	dir := filepath.Join(openDir(t), "postgres")
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr

	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())

	url, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	execute(t, strings.TrimSpace(url), keepSome)

	pid := serverPID(t, dir)

	require.NoError(t, child.Process.Kill())
	_ = child.Wait()

	// At once, while the orphan may still be writing its last checkpoint: the start waits for it.
	pg := start(t, dir)
	require.Equal(t, 1000, count(t, pg.URL("postgres")))
	require.NotEqual(t, pid, serverPID(t, dir))
	stop(t, pg)

	eventually.True(t, func() bool { return len(processesIn(t, dir)) == 0 }, patience, poll)
}

// Where PID 1 reaps nobody, a server that was killed together with its parent stays in the process table.
func TestPostgresStartsBesideItsOwnZombie(t *testing.T) {
	t.Parallel()

	dir := filepath.Join(openDir(t), "postgres")
	pg := start(t, dir)
	execute(t, pg.URL("postgres"), keepSome)
	execute(t, pg.URL("postgres"), "CHECKPOINT")
	pid := serverPID(t, dir)

	b, err := os.ReadFile(pidFile(dir))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	<-pg.Done()
	require.Error(t, pg.Stop(t.Context()))

	zombie := exec.CommandContext(t.Context(), filepath.Join(binaries(t), "postgres"), "-V")
	require.NoError(t, zombie.Start())
	t.Cleanup(func() { _ = zombie.Wait() })

	number := strconv.Itoa(zombie.Process.Pid)

	eventually.True(t, func() bool {
		stat, err := os.ReadFile("/proc/" + number + "/stat")

		return err != nil || strings.Contains(string(stat), "(postgres) Z")
	}, patience, poll)
	require.NoError(t, os.WriteFile(pidFile(dir), []byte(strings.Replace(string(b), strconv.Itoa(pid), number, 1)), 0o600))

	pg = start(t, dir)
	require.Equal(t, 1000, count(t, pg.URL("postgres")))
	stop(t, pg)
}
