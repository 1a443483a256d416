package stack_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
)

func execute(t *testing.T, url, sql string) {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()

	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func count(t *testing.T, url string) (n int) {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()

	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM kept").Scan(&n))

	return n
}

const keepSome = "CREATE TABLE kept AS SELECT generate_series(1, 1000)"

// serverPID is the first line of the server's pid file.
func serverPID(t *testing.T, dir string) int {
	t.Helper()

	b, err := os.ReadFile(pidFile(dir))
	require.NoError(t, err)

	pid, err := strconv.Atoi(strings.SplitN(string(b), "\n", 2)[0])
	require.NoError(t, err)

	return pid
}

func pidFile(dir string) string { return filepath.Join(dir, "data", "postmaster.pid") }

func TestPostgresKeepsRowsOverARestart(t *testing.T) {
	t.Parallel()

	for name, durable := range map[string]bool{"durable": true, "for tests": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := stack.PostgresOptions{Dir: filepath.Join(openDir(t), "postgres"), Bin: binaries(t), Durable: durable}

			pg, err := stack.StartPostgres(t.Context(), options)
			require.NoError(t, err)

			host, _, err := net.SplitHostPort(pg.Addr())
			require.NoError(t, err)
			require.Equal(t, "127.0.0.1", host)

			execute(t, pg.URL("postgres"), keepSome)
			stop(t, pg)
			<-pg.Done()
			require.NoError(t, pg.Err())
			require.NoError(t, pg.Stop(t.Context()), "a second stop")

			pg, err = stack.StartPostgres(t.Context(), options)
			require.NoError(t, err)
			require.Equal(t, 1000, count(t, pg.URL("postgres")))
			stop(t, pg)
		})
	}
}

func TestPostgresLetsNobodyInWithoutThePassword(t *testing.T) {
	t.Parallel()

	pg := start(t, filepath.Join(openDir(t), "postgres"))

	_, err := pgx.Connect(t.Context(), "postgres://postgres:guess@"+pg.Addr()+"/postgres?sslmode=disable")
	require.ErrorContains(t, err, "password authentication failed")
}

func TestPostgresRefusesASecondStartOnADirectory(t *testing.T) {
	t.Parallel()

	dir := filepath.Join(openDir(t), "postgres")
	pg := start(t, dir)

	_, err := stack.StartPostgres(t.Context(), stack.PostgresOptions{Dir: dir, Bin: binaries(t)})
	require.ErrorContains(t, err, "a Postgres server already runs on "+dir+": stop it, or choose another directory")

	execute(t, pg.URL("postgres"), "SELECT 1") // the first is none the worse
}

func TestPostgresStartsAfterItsServerWasKilled(t *testing.T) {
	t.Parallel()

	for name, spoil := range map[string]func(t *testing.T, dir string){
		"and its number is nobody's": func(*testing.T, string) {},
		"and its number is another program's": func(t *testing.T, dir string) {
			t.Helper()

			b, err := os.ReadFile(pidFile(dir))
			require.NoError(t, err)

			_, rest, _ := bytes.Cut(b, []byte("\n"))
			number := strconv.Itoa(sleeper(t))
			require.NoError(t, os.WriteFile(pidFile(dir), append([]byte(number+"\n"), rest...), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			dir := filepath.Join(openDir(t), "postgres")
			pg := start(t, dir)
			execute(t, pg.URL("postgres"), keepSome)
			execute(t, pg.URL("postgres"), "CHECKPOINT") // fsync is off here, but the machine goes on running

			require.NoError(t, syscall.Kill(serverPID(t, dir), syscall.SIGKILL))
			<-pg.Done()
			require.ErrorContains(t, pg.Err(), "signal: killed")
			require.Error(t, pg.Stop(t.Context()), "a stop of what ended by itself says so")

			spoil(t, dir)

			pg = start(t, dir)
			require.Equal(t, 1000, count(t, pg.URL("postgres")))
			stop(t, pg)
		})
	}
}

// sleeper starts a process that is no Postgres, and ends it with the test.
func sleeper(t *testing.T) int {
	t.Helper()

	cmd := exec.CommandContext(context.Background(), "sleep", "3600")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
	})

	return cmd.Process.Pid
}

// steps is a progress writer that ends a context at a step.
type steps struct {
	cancel context.CancelFunc
	text   bytes.Buffer
}

func (s *steps) Write(b []byte) (int, error) {
	s.cancel()

	return s.text.Write(b)
}

func TestPostgresStartGivenUpLeavesNothing(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	progress := &steps{cancel: cancel}
	dir := filepath.Join(openDir(t), "postgres")

	_, err := stack.StartPostgres(ctx, stack.PostgresOptions{Dir: dir, Bin: binaries(t), Progress: progress})
	require.ErrorIs(t, err, context.Canceled)
	require.Contains(t, progress.text.String(), "creating a Postgres database in "+dir)
	require.NoDirExists(t, dir)
}

func TestPostgresStartGivenUpKeepsWhatWasThere(t *testing.T) {
	t.Parallel()

	dir := filepath.Join(openDir(t), "postgres")
	pg := start(t, dir)
	execute(t, pg.URL("postgres"), keepSome)
	stop(t, pg)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := stack.StartPostgres(ctx, stack.PostgresOptions{Dir: dir, Bin: binaries(t)})
	require.ErrorIs(t, err, context.Canceled)

	pg = start(t, dir)
	require.Equal(t, 1000, count(t, pg.URL("postgres")))
	stop(t, pg)
}

func TestPostgresStartErrors(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  []string
	}{
		"a lost password": {
			func(t *testing.T, dir string) {
				t.Helper()
				require.NoError(t, os.Remove(filepath.Join(dir, "password")))
			},
			[]string{"reading the password of the Postgres data kept in", "choose another directory, or remove this one"},
		},
		"a setting that Postgres refuses, from its log": {
			func(t *testing.T, dir string) {
				t.Helper()
				appendTo(t, filepath.Join(dir, "data", "postgresql.conf"), "shared_buffers = 'lots'\n")
			},
			[]string{"exit status 1", `| `, `invalid value for parameter "shared_buffers": "lots"`},
		},
		"a pid file of garbage": {
			func(t *testing.T, dir string) {
				t.Helper()
				require.NoError(t, os.WriteFile(pidFile(dir), []byte("garbage"), 0o600))
			},
			[]string{"postmaster.pid holds no process number", "remove this file"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			dir := filepath.Join(openDir(t), "postgres")
			stop(t, start(t, dir))
			c.spoil(t, dir)

			_, err := stack.StartPostgres(t.Context(), stack.PostgresOptions{Dir: dir, Bin: binaries(t)})
			require.ErrorContains(t, err, "starting Postgres on "+dir)

			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}

			require.DirExists(t, dir, "what was there before stays")
		})
	}
}

func TestPostgresWantsItsOptions(t *testing.T) {
	t.Parallel()

	_, err := stack.StartPostgres(t.Context(), stack.PostgresOptions{Dir: t.TempDir()})
	require.ErrorContains(t, err, "the directory of its binaries")

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))

	_, err = stack.StartPostgres(t.Context(), stack.PostgresOptions{Dir: file, Bin: binaries(t)})
	require.ErrorIs(t, err, syscall.EEXIST)

	var pathErr *os.PathError
	require.ErrorAs(t, err, &pathErr)
	require.Equal(t, file, pathErr.Path)
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()

	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(t, err)

	_, err = f.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// Root's Postgres runs as another user, who cannot get into this directory; where the kernel allows user namespaces, that is no matter.
func TestPostgresInADirectoryThatIsClosedToOthers(t *testing.T) {
	t.Parallel()

	dir := filepath.Join(t.TempDir(), "closed", "postgres")
	require.NoError(t, os.Mkdir(filepath.Dir(dir), 0o700))

	pg, err := stack.StartPostgres(t.Context(), stack.PostgresOptions{Dir: dir, Bin: binaries(t)})
	if err != nil {
		require.ErrorContains(t, err, "choose a directory that every user can enter")
		require.NoDirExists(t, dir)

		return
	}

	execute(t, pg.URL("postgres"), keepSome)
	stop(t, pg)

	pg = start(t, dir)
	require.Equal(t, 1000, count(t, pg.URL("postgres")))
	stop(t, pg)
}
