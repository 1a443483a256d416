package cli_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// Whoever meets it has to learn which setting leads nowhere, and reads the cause once.
func TestServerThatIsNotThereIsNamedWithItsSetting(t *testing.T) {
	t.Parallel()

	const database = "ENROLL_DATABASE_URL=postgres://enroll@" + closedPort + "/enroll"

	for name, c := range map[string]struct {
		program string
		args    []string
		setting string
	}{
		"submit batches":        {"submit", []string{"batches"}, "--database-url or ENROLL_DATABASE_URL"},
		"submit outcomes":       {"submit", []string{"outcomes", "b1"}, "--database-url or ENROLL_DATABASE_URL"},
		"submit watch":          {"submit", []string{"watch", "b1"}, "--database-url or ENROLL_DATABASE_URL"},
		"submit cancel":         {"submit", []string{"cancel", "b1", "--why", "test"}, "--database-url or ENROLL_DATABASE_URL"},
		"worker migrate up":     {"worker", []string{"migrate", "up"}, "--database-url or ENROLL_DATABASE_URL"},
		"worker migrate down":   {"worker", []string{"migrate", "down", "--yes"}, "--database-url or ENROLL_DATABASE_URL"},
		"worker migrate status": {"worker", []string{"migrate", "status"}, "--database-url or ENROLL_DATABASE_URL"},
		"submit status":         {"submit", []string{"status", "--nats-url", "nats://" + closedPort}, "--nats-url or ENROLL_NATS_URL"},
		"submit pause":          {"submit", []string{"pause", "demo", "--nats-url", "nats://" + closedPort}, "--nats-url or ENROLL_NATS_URL"},
		"submit resume":         {"submit", []string{"resume", "demo", "--nats-url", "nats://" + closedPort}, "--nats-url or ENROLL_NATS_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, said := run(t, []string{database}, c.program, c.args...)
			require.Equal(t, 1, code, said)
			require.Contains(t, said, c.setting)
			require.Contains(t, said, closedPort)
			require.LessOrEqual(t, strings.Count(said, "connection refused"), 1, said)
			require.Equal(t, 1, strings.Count(strings.TrimSpace(said), "\n")+1, "one line: %s", said)
		})
	}
}

// There are two reasons why a queue that answers cannot be used: each is one error that says what to do first.
func TestQueueThatCannotBeUsedYet(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	bare, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	require.NoError(t, err)
	bare.Start()
	t.Cleanup(bare.Shutdown)
	require.True(t, bare.ReadyForConnections(patience))

	without := slices.Concat(s.env, []string{"ENROLL_NATS_URL=" + bare.ClientURL()})

	for name, args := range map[string][]string{
		"status":       {"status"},
		"pause":        {"pause", "demo"},
		"resume":       {"resume", "demo"},
		"redrive":      {"redrive"},
		"redrive JSON": {"redrive", "--json"},
		"redrive job":  {"redrive", "--job", "b1.1"},
		"a file":       {cardsFile(t, goodCards), "--program", "demo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, said := run(t, s.env, "submit", args...)
			require.Equal(t, 1, code, said)
			require.Contains(t, said, "start a worker first, which makes it (worker run)")
			require.Equal(t, 1, strings.Count(said, "\n"), "one line: %s", said)

			code, said = run(t, without, "submit", args...)
			require.Equal(t, 1, code, said)
			require.Contains(t, said, "no JetStream answers at the server of --nats-url or ENROLL_NATS_URL")
			require.Equal(t, 2, strings.Count(said, "\n"), "two lines: %s", said)
		})
	}

	code, said := run(t, without, "worker", "run")
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "no JetStream answers at the server of --nats-url or ENROLL_NATS_URL")
}
