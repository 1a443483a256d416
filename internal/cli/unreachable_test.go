package cli_test

import (
	"strings"
	"testing"

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
		"submit status":         {"submit", []string{"status", "--nats-url", "nats://" + closedPort}, "--nats-url nats://"},
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
