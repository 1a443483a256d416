package cli_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/internal/stack"
)

// doctor runs the command and returns its checks by area and name.
func (s *system) doctor(code int, env ...string) map[string]doctor.Check {
	s.t.Helper()

	got, out := run(s.t, slices.Concat(s.env, env), "worker", "doctor", "--json")
	require.Equal(s.t, code, got, out)

	var report doctor.Report
	require.NoError(s.t, json.Unmarshal([]byte(out), &report), out)
	require.WithinDuration(s.t, time.Now(), report.At, patience)

	checks := map[string]doctor.Check{}
	for _, check := range report.Checks {
		checks[check.Area+": "+check.Name] = check
	}

	return checks
}

// An installation as it should be, but for one server of each kind where production has several.
func TestDoctorOfAGoodInstallation(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	database := durablePostgres(t)
	_, roles := databaseWithRoles(t, database, "--roles-only")
	s.env = slices.Concat(s.env, roles)

	code, out := run(t, s.env, "worker", "migrate", "up")
	require.Zero(t, code, out)
	_, _ = databaseWithRoles(t, database)
	s.worker("w")

	monitor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"jetstream":{"config":{"sync_always":true,"sync_interval":120000000000,"max_storage":1000},"stats":{"storage":100}}}`))
	}))
	t.Cleanup(monitor.Close)

	checks := s.doctor(0, "ENROLL_NATS_MONITOR_URL="+monitor.URL)

	for name, check := range checks {
		if name != "queue: copies" && name != "api: TLS" {
			require.Equal(t, doctor.OK, check.Level, "%s: %+v", name, check)
			require.Empty(t, check.Do, name)
		} else {
			require.Equal(t, doctor.Warning, check.Level, name)
			require.NotEmpty(t, check.Do, name)
		}
	}

	for name, found := range map[string]string{
		"settings: settings":      "all keys can be loaded",
		"keys: signing key":       "SHA-256 ",
		"keys: intake key":        "publishers have to seal for one of: ",
		"api: clock":              "this machine's",
		"api: call of demo":       "the service does not know a card that cannot exist",
		"queue: version":          "NATS 2.",
		"queue: configuration":    "streams and consumers are as the settings say",
		"queue: rights":           "the user may do all that a worker needs",
		"queue: sync to disk":     "before each acknowledgement",
		"queue: storage":          "(10 %)",
		"queue: JetStream limits": "no limit of the account",
		"queue: copies":           "one of each of ENROLL_JOBS, ENROLL_RETRY, ENROLL_DEAD, ENROLL_OUTCOMES, KV_enroll_control: ",
		"database: version":       "Postgres ",
		"database: schema":        "version ",
		"database: rights":        "enroll_worker may do all that a worker needs",
		"database: fsync":         "on",
		"database: connections":   "room for ",
		"database: partitions":    "attempts has those of this month and the next",
	} {
		require.Contains(t, checks, name)
		require.Contains(t, checks[name].Found, found, name)
	}

	code, out = run(t, s.env, "worker", "doctor")
	require.Zero(t, code, out)
	require.Contains(t, out, "warning   queue     sync to disk: unproven: only the server's monitoring tells\n")
	require.Contains(t, out, " 0 failed\n")

	before := counts(t, database)
	require.Empty(t, before, "no job was made")
}

// A badly set-up one: each fault is named, with what to do, in one run.
func TestDoctorOfABadInstallation(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	s.worker("w")

	// The role of those who send files, which may not do what workers do; a database that does not wait for its disk.
	submits := func(name string) string {
		for _, variable := range s.env {
			if value, found := strings.CutPrefix(variable, "submit|"+name+"="); found {
				return value
			}
		}

		t.Fatalf("no %s", name)

		return ""
	}

	other := filepath.Join(s.keys, "sandbox-encryption-key.pem")
	require.FileExists(t, other)

	checks := s.doctor(3, "worker|ENROLL_NATS_URL="+submits("ENROLL_NATS_URL"),
		"worker|ENROLL_NATS_INBOX_PREFIX="+submits("ENROLL_NATS_INBOX_PREFIX"),
		"worker|ENROLL_DATABASE_URL="+submits("ENROLL_DATABASE_URL"),
		"ENROLL_SIGNING_KEY_FILE="+other, "ENROLL_MAX_ACK_PENDING=77", "ENROLL_NATS_MONITOR_URL=http://"+closedPort)

	for name, want := range map[string]doctor.Check{
		"api: call of demo":    {Level: doctor.Failed, Found: "AUTHENTICATION_FAILED", Do: "signing key"},
		"queue: rights":        {Level: doctor.Failed, Found: "publish to $JS.ACK.>", Do: "worker grants nats"},
		"queue: configuration": {Level: doctor.Warning, Found: "max_ack_pending is 10000, configured is 77", Do: "Change the setting, or"},
		"queue: sync to disk":  {Level: doctor.Warning, Found: "unproven: asking the monitoring", Do: "--nats-monitor-url"},
		"database: rights":     {Level: doctor.Failed, Found: "enroll_submit lacks INSERT, UPDATE on enrollments", Do: "worker grants postgres"},
		"database: fsync":      {Level: doctor.Failed, Found: "a power failure can lose", Do: "Set fsync to on"},
	} {
		require.Contains(t, checks, name)
		require.Equal(t, want.Level, checks[name].Level, "%s: %+v", name, checks[name])
		require.Contains(t, checks[name].Found, want.Found, name)
		require.Contains(t, checks[name].Do, want.Do, name)
	}

	code, out := run(t, append(slices.Clone(s.env), "worker|ENROLL_DATABASE_URL="+submits("ENROLL_DATABASE_URL")), "worker", "run")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "worker: the database: enroll_submit lacks INSERT, UPDATE on enrollments", "a worker does not start with them")

	// The rights of a right role are all that it lacks, and nothing else.
	require.NotContains(t, checks["queue: rights"].Found, "$JS.API.STREAM.INFO")

	// Nothing answers, and the rest is looked at all the same.
	checks = s.doctor(3, "worker|ENROLL_NATS_URL=nats://user:hunter2@"+closedPort, "ENROLL_MASTERCARD_URL=http://"+closedPort,
		"worker|ENROLL_DATABASE_URL=postgres://user:hunter2@"+closedPort+"/enroll")
	for _, name := range []string{"queue: connection", "api: connection", "database: connection"} {
		require.Equal(t, doctor.Failed, checks[name].Level, name)
		require.NotEmpty(t, checks[name].Do)
		require.NotContains(t, checks[name].Found, "hunter2")
	}

	require.Equal(t, doctor.OK, checks["settings: settings"].Level)
}

// Nothing was migrated and no worker has ever run.
func TestDoctorBeforeTheFirstStart(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	database := durablePostgres(t)
	_, roles := databaseWithRoles(t, database, "--roles-only")
	s.env = slices.Concat(s.env, roles)

	checks := s.doctor(3)
	require.Equal(t, "Run: worker migrate up", checks["database: schema"].Do)
	require.Equal(t, doctor.Warning, checks["queue: streams"].Level)
	require.Contains(t, checks["queue: streams"].Found, "missing: ENROLL_JOBS, ENROLL_RETRY")
	require.Equal(t, doctor.OK, checks["queue: rights"].Level, checks["queue: rights"].Found)
	require.Equal(t, doctor.OK, checks["database: rights"].Level)

	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(t.Context())) })

	var tables int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace`).Scan(&tables))
	require.Zero(t, tables, "looking makes nothing")
}

// durablePostgres starts a server as production has it.
func durablePostgres(t *testing.T) (url string) {
	t.Helper()

	bin, err := stack.FindBinaries(t.Context(), stack.Source(os.Getenv(stack.SourceSetting)), os.Stderr)
	require.NoError(t, err)
	server, err := stack.StartPostgres(t.Context(), stack.PostgresOptions{Dir: filepath.Join(t.TempDir(), "postgres"), Bin: bin, Durable: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })

	return server.URL("postgres")
}
