package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// system is a queue, a database, keys and a sandbox, for workers and operators that are processes of their own.
type system struct {
	t    *testing.T
	dir  string
	keys string
	env  []string
}

func newSystem(t *testing.T) *system {
	t.Helper()

	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	code, out := run(t, nil, "demo", "keygen", keys)
	require.Zero(t, code, out)

	// Each process has the rights of its role; what the test itself does, it does as the owner of both.
	queue, queueRoles := queueWithRoles(t, filepath.Join(dir, "nats"))
	database, databaseRoles := databaseWithRoles(t, stacktest.Database(t))

	s := &system{t: t, dir: dir, keys: keys, env: []string{
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
		"ENROLL_HEALTH_LISTEN=",
		"ENROLL_SANDBOX_KEYS=" + keys,
	}}
	s.env = slices.Concat(s.env, queueRoles, databaseRoles)

	base, _, _ := strings.Cut(strings.TrimPrefix(start(t, s.env, "sandbox").says(t, "sandbox at "), "sandbox at "), ",")
	s.env = append(s.env, "ENROLL_MASTERCARD_URL="+base)

	return s
}

func (s *system) worker(name string) *command {
	s.t.Helper()

	worker := start(s.t, s.env, "worker", "run", "--worker-name", name)
	worker.says(s.t, "taking jobs")

	return worker
}

// submit runs the command and returns what it prints; it must not fail.
func (s *system) submit(args ...string) string {
	s.t.Helper()

	code, out := run(s.t, s.env, "submit", args...)
	require.Zero(s.t, code, out)

	return out
}

// fails runs a command that is to fail and to say a text, and returns what it prints.
func (s *system) fails(text string, args ...string) string {
	s.t.Helper()

	code, out := run(s.t, s.env, "submit", args...)
	require.Equal(s.t, 1, code, out)
	require.Contains(s.t, out, text)

	return out
}

// send submits a file of n good cards as a batch.
func (s *system) send(batch string, n int) {
	s.t.Helper()

	rows := []string{"pan,exp_month,exp_year,email"}
	for i := range n {
		rows = append(rows, sandbox.PAN(0, i)+",12,2099,ana@example.com")
	}

	file := filepath.Join(s.dir, batch+".csv")
	require.NoError(s.t, os.WriteFile(file, []byte(strings.Join(rows, "\n")), 0o600))
	s.submit(file, "--program", "demo", "--batch", batch)
}

// status is what programs see, by worker.
func (s *system) status() (control.Status, map[string]control.Worker) {
	s.t.Helper()

	var status control.Status
	require.NoError(s.t, json.Unmarshal([]byte(s.submit("status", "--json")), &status))

	workers := map[string]control.Worker{}
	for _, worker := range status.Workers {
		workers[worker.Worker] = worker
	}

	return status, workers
}

// becomes waits until a person sees a text in the status.
func (s *system) becomes(text string, args ...string) string {
	s.t.Helper()

	var out string

	eventually.True(s.t, func() bool {
		out = s.submit(append([]string{"status"}, args...)...)
		return strings.Contains(out, text)
	}, patience, tick, "waiting for %q", text)

	return out
}

func TestOperating(t *testing.T) {
	t.Parallel()

	s := newSystem(t)

	code, out := run(t, s.env, "submit", "status")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "start a worker first, which makes it")

	first, killed := s.worker("first"), s.worker("killed")
	s.becomes("first")
	s.becomes("killed")
	require.NoError(t, killed.Process.Kill())

	// A program.
	require.Contains(t, s.submit("pause", "demo", "--why", "key ceremony"), "demo paused")
	first.says(t, "paused by an operator")
	s.send("b1", 5)

	out = s.becomes("taken by workers")
	require.Contains(t, out, "demo: paused since")
	require.Contains(t, out, "key ceremony")
	require.Contains(t, s.submit("status", "b1"), "0 jobs seen by workers, 0 settled")

	require.Contains(t, s.submit("resume", "demo"), "demo resumed; paused since")
	s.fails("demo: nothing was paused by that name\n", "resume", "demo")
	s.fails("dmeo: nothing was paused by that name; no worker that is running has a program dmeo (is it demo?)", "resume", "dmeo")
	s.fails("no worker that is running has a program dmeo", "resume", "dmeo", "--cool-down")
	s.becomes("5 jobs seen by workers, 5 settled", "b1")

	var batch struct {
		Settled  int64            `json:"jobs_settled"`
		ByStatus map[string]int64 `json:"by_status"`
		Codes    []struct {
			Status string `json:"status"`
		} `json:"codes"`
	}
	require.NoError(t, json.Unmarshal([]byte(s.submit("status", "b1", "--json")), &batch))
	require.Equal(t, int64(5), batch.Settled)
	require.Equal(t, map[string]int64{"enrolled": 5}, batch.ByStatus)
	require.Equal(t, "enrolled", batch.Codes[0].Status)

	// A name that no worker has.
	require.Contains(t, s.submit("pause", "dmeo"), "NOTE: no worker that is running has a program dmeo (is it demo?); they have: demo. The pause is kept")

	// Everything.
	require.Contains(t, s.submit("pause", "--all"), "all programs paused")
	s.becomes("  paused")
	s.send("b2", 1)
	s.fails("still in force: all programs, paused since", "resume", "demo")
	require.Contains(t, s.submit("resume", "--all"), "still in force: dmeo, paused since")
	s.becomes("1 settled", "b2")

	// Workers come and go.
	eventually.True(t, func() bool {
		_, workers := s.status()
		return workers["killed"].Gone && !workers["first"].Gone
	}, patience, 10*tick)
	require.NoError(t, first.Process.Signal(syscall.SIGTERM))
	require.Zero(t, first.exit(t), first.out)

	status, workers := s.status()
	require.NotContains(t, workers, "first")
	fresh, _ := status.Queue.Total()
	require.Zero(t, fresh.Waiting+fresh.Taken)
}

// breakSigningKey puts a key in place that is not the project's, and returns what puts the good one back.
func (s *system) breakSigningKey() (mend func()) {
	s.t.Helper()

	signing := filepath.Join(s.keys, "signing-key.pem")
	good, err := os.ReadFile(signing)
	require.NoError(s.t, err)

	others := s.t.TempDir()
	code, out := run(s.t, nil, "demo", "keygen", others)
	require.Zero(s.t, code, out)
	wrong, err := os.ReadFile(filepath.Join(others, "signing-key.pem"))
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(signing, wrong, 0o600))

	return func() { require.NoError(s.t, os.WriteFile(signing, good, 0o600)) }
}

func TestStatusShowsAHaltedWorker(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	mend := s.breakSigningKey()
	worker := s.worker("halted")
	s.send("b1", 3)
	worker.says(t, "HALTED")
	require.Contains(t, s.becomes("HALTED since"), "AUTHENTICATION_FAILED")

	status, workers := s.status()
	halt := workers["halted"].Programs[0].Halt
	require.Contains(t, halt.Reason, "AUTHENTICATION_FAILED")
	require.WithinDuration(t, status.At, halt.Since, patience)

	mend()
	s.becomes("taking jobs")
	s.becomes("3 settled", "b1")
}

// The bucket is deleted under a running worker; its pauses and its presence come back, and jobs go on.
func TestBucketIsDeleted(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	worker := s.worker("w")
	s.submit("pause", "other")
	worker.says(t, "paused by an operator")

	nc, err := nats.Connect(strings.TrimPrefix(s.env[0], "ENROLL_NATS_URL="))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	require.NoError(t, js.DeleteKeyValue(t.Context(), jobs.BucketControl))

	s.send("b1", 3)
	worker.says(t, "was missing and has been made")
	s.becomes("3 settled", "b1")

	status, workers := s.status()
	require.Len(t, status.Pauses, 1)
	require.Equal(t, "other", status.Pauses[0].Program)

	eventually.True(t, func() bool {
		_, workers = s.status()
		return len(workers) == 1
	}, patience, tick)
	require.False(t, workers["w"].Gone)
}

// The status says of whose jobs wait although nobody takes them, and how many of each program there are.
func TestStatusShowsWhatNobodyTakes(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	worker := s.worker("w")
	s.submit("pause", "demo")
	worker.says(t, "paused by an operator")
	s.send("b1", 5)
	s.becomes("5  jobs waiting")

	require.NoError(t, worker.Process.Signal(syscall.SIGTERM))
	require.Zero(t, worker.exit(t), worker.out)
	s.becomes("jobs of demo wait and no worker takes them: start one")

	s.worker("w2")
	s.submit("resume", "demo")
	s.becomes("5 settled", "b1")
}

func TestWrongUsageOfOperating(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"pause of nothing":                  {[]string{"pause"}, 2, "PROGRAM: is missing; or give --all"},
		"pause of a program and all":        {[]string{"pause", "gold", "--all"}, 2, "--all: cannot be given with a program (gold)"},
		"pause of what is no name":          {[]string{"pause", "Gold"}, 2, `"Gold" must be 1 to 32`},
		"resume of nothing":                 {[]string{"resume"}, 2, "PROGRAM: is missing; or give --all"},
		"pause without a queue":             {[]string{"pause", "--all", "--nats-url", "nats://127.0.0.1:1"}, 1, "no server answers at nats://127.0.0.1:1 (as --nats-url or ENROLL_NATS_URL says)"},
		"status without a queue":            {[]string{"status", "--nats-url", "nats://127.0.0.1:1"}, 1, "no server answers at nats://127.0.0.1:1 (as --nats-url or ENROLL_NATS_URL says)"},
		"status of a batch without a store": {[]string{"status", "b1"}, 2, "--database-url: is missing"},
		"status of what is no batch":        {[]string{"status", "a b"}, 2, `"a b" must be 1 to 64`},
		"status of an unknown batch":        {[]string{"status", "b9", "--database-url", stacktest.Database(t)}, 1, "no such batch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, out := run(t, nil, "submit", c.args...)
			require.Equal(t, c.code, code, out)
			require.Contains(t, out, c.says)
		})
	}
}

func TestStatusPrintsNoControlCharacters(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	s.worker("honest") // makes the bucket
	s.present("w\x1b[31m")
	s.submit("pause", "demo", "--why", "a\x1b]0;title\a\nb")

	out := s.becomes("w [31m")
	for _, r := range strings.ReplaceAll(out, "\n", "") {
		require.GreaterOrEqual(t, r, ' ', "%q", out)
	}
}
