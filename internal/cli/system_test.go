package cli_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/test/parts"
)

// The system as its users run it: each command a process of its own, settings from the environment.
func TestSeparateProcesses(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	queue, queueRoles := queueWithRoles(t, filepath.Join(dir, "nats"))
	database, databaseRoles := databaseWithRoles(t, stacktest.EmptyDatabase(t), "--roles-only")
	env := []string{
		"ENROLL_NATS_URL=" + queue,
		"ENROLL_DATABASE_URL=" + database,
		"ENROLL_CONSUMER_KEY_FILE=" + keys + "/consumer-key.txt",
		"ENROLL_SIGNING_KEY_FILE=" + keys + "/signing-key.pem",
		"ENROLL_ENCRYPTION_KEY_FILE=" + keys + "/encryption-keys.json",
		"ENROLL_INTAKE_KEY_FILES=" + keys + "/intake-key.pem",
		"ENROLL_INTAKE_KEY_FILE=" + keys + "/intake-key.pub.pem",
		"ENROLL_HMAC_KEY_FILES=" + keys + "/hmac-key.txt",
		"ENROLL_PROGRAMS_FILE=" + keys + "/programs.json",
		"ENROLL_SANDBOX_LISTEN=127.0.0.1:0",
		"ENROLL_SANDBOX_KEYS=" + keys,
	}
	collector := parts.NewCollector(t)
	env = slices.Concat(env, queueRoles, databaseRoles, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "OTEL_BSP_SCHEDULE_DELAY=10"})

	code, out := run(t, env, "demo", "keygen", keys)
	require.Zero(t, code, out)
	code, out = run(t, env, "demo", "keygen", keys)
	require.Zero(t, code, out)
	require.Contains(t, out, "nothing to make")

	api := start(t, env, "sandbox")
	said := api.says(t, "sandbox at ")
	base, _, _ := strings.Cut(strings.TrimPrefix(said, "sandbox at "), ",")
	_, err := url.Parse(base)
	require.NoError(t, err)

	env = append(env, "ENROLL_MASTERCARD_URL="+base)

	code, out = run(t, env, "worker", "run")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "worker migrate up", "an old schema is refused with the command to run")

	code, out = run(t, env, "worker", "migrate", "up")
	require.Zero(t, code, out)
	code, out = run(t, env, "worker", "migrate", "up")
	require.Zero(t, code, out)
	require.Equal(t, "nothing to apply\n", out)
	code, out = run(t, env, "worker", "migrate", "status")
	require.Zero(t, code, out)
	require.NotContains(t, out, "pending")

	code, out = run(t, env, "worker", "run")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "permission denied for table", "its role has no rights yet")

	_, _ = databaseWithRoles(t, database)

	workers := []*command{start(t, env, "worker", "run"), start(t, env, "worker", "run", "--worker-name", "second")}
	for _, worker := range workers {
		worker.says(t, "taking jobs")
	}

	file := filepath.Join(dir, "cards.csv")
	rows := []string{"pan,exp_month,exp_year,email"}
	for i := range 20 {
		rows = append(rows, sandbox.PAN(0, i)+",12,2099,ana@example.com")
	}

	rows = append(rows, sandbox.PAN(12, 1)+",12,2099,ana@example.com", "5204731600014780,12,2099,ana@example.com")
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(rows, "\n")), 0o600))

	code, out = run(t, env, "submit", file, "--program", "demo", "--batch", "b1")
	require.Equal(t, 3, code, out)
	require.Contains(t, out, "22 rows: 21 sent, 0 sent before, 1 rejected")
	require.Contains(t, out, file+".rejects.csv")

	code, out = run(t, env, "submit", file, "--program", "demo", "--batch", "b1")
	require.Equal(t, 3, code, out)
	require.Contains(t, out, "22 rows: 0 sent, 21 sent before, 1 rejected")

	eventually.True(t, func() bool { return settled(t, database) == 21 }, patience, tick)
	require.Equal(t, map[string]int{"enrolled": 20, "rejected": 1}, counts(t, database))
	eventually.True(t, func() bool { return settledBy(t, workers...) == 21 }, patience, tick)

	for _, worker := range workers {
		eventually.True(t, func() bool {
			code, _ := worker.get(t, "/readyz")
			return code == http.StatusOK
		}, patience, tick, "once each stream has answered")

		code, said := worker.get(t, "/healthz")
		require.Equal(t, http.StatusOK, code, said)
	}

	code, out = run(t, env, "worker", "run", "--health-listen", queue[strings.LastIndex(queue, "@")+1:])
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "--health-listen", "an address that is taken is named with its setting")

	// Keys are replaced on disk while the workers run: a bad one is refused, a good one is in use.
	signing := filepath.Join(keys, "signing-key.pem")
	good, err := os.ReadFile(signing)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(signing, []byte("no key"), 0o600))
	workers[0].says(t, "a key could not be replaced: the one in use stays")
	require.NoError(t, os.WriteFile(signing, append(good, '\n'), 0o600))
	workers[0].says(t, "a newer key has been loaded")

	for _, worker := range workers {
		require.NoError(t, worker.Process.Signal(syscall.SIGTERM))
		require.Zero(t, worker.exit(t), worker.out)
		require.Contains(t, worker.out.String(), "0 left unfinished")
	}

	require.NoError(t, api.Process.Signal(syscall.SIGINT))
	require.Zero(t, api.exit(t), api.out)

	// One trace leads from the process that sent a row to the one that worked on it.
	all := collector.Await(t, func(all parts.Spans) bool { return len(all.Named("publish enroll.outcomes.demo.enrolled")) >= 20 })
	require.Len(t, all.Named("submit file"), 2)
	require.Len(t, all.Named("process enroll.jobs.demo"), 21)

	for _, worked := range all.Named("process enroll.jobs.demo") {
		require.Len(t, all.Of(worked).Named("create enroll.jobs.demo"), 1)
	}
}

func settled(t *testing.T, database string) int {
	t.Helper()

	n := 0
	for _, count := range counts(t, database) {
		n += count
	}

	return n
}

// counts returns the number of settled jobs by status.
func counts(t *testing.T, database string) map[string]int {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)

	defer func() { require.NoError(t, conn.Close(t.Context())) }()

	rows, err := conn.Query(t.Context(),
		`SELECT status, count(*) FROM enrollments WHERE status NOT IN ('in_progress', 'retrying', 'pending') GROUP BY status`)
	require.NoError(t, err)

	all := map[string]int{}

	var (
		status string
		count  int
	)

	_, err = pgx.ForEachRow(rows, []any{&status, &count}, func() error {
		all[status] = count
		return nil
	})
	require.NoError(t, err)

	return all
}
