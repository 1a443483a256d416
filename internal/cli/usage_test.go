package cli_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const tick = 50 * time.Millisecond

// Every command answers a mistake with exit code 2 and says which setting is meant.
func TestWrongUsage(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, []byte("pan\n"), 0o600))

	for name, c := range map[string]struct {
		command string
		args    []string
		code    int
		says    []string
	}{
		"worker without a command":   {"worker", nil, 2, []string{"run", "migrate", "verdicts"}},
		"an unknown flag":            {"worker", []string{"run", "--color", "red"}, 2, []string{"--color", "worker run --help"}},
		"help":                       {"worker", []string{"--help"}, 0, []string{"Usage: worker"}},
		"help of a command":          {"worker", []string{"run", "--help"}, 0, []string{"--nats-url", "$ENROLL_NATS_URL"}},
		"a duration that is none":    {"worker", []string{"run", "--grace", "soon"}, 2, []string{"--grace"}},
		"run without settings":       {"worker", []string{"run"}, 2, []string{"--database-url", "--mastercard-url", "--consumer-key-file", "--signing-key-file", "--encryption-key-file", "--programs-file", "--intake-key-files", "--hmac-key-files"}},
		"run with a file for a key":  {"worker", []string{"run", "--intake-key-files", file, "--database-url", "x"}, 2, []string{"--intake-key-files", file, "is neither PEM nor DER"}},
		"run with a file for a CA":   {"worker", []string{"run", "--mastercard-ca-file", file}, 2, []string{"--mastercard-ca-file", file, "BEGIN CERTIFICATE"}},
		"run without a CA's file":    {"worker", []string{"run", "--mastercard-ca-file", file + ".pem"}, 2, []string{"--mastercard-ca-file", file + ".pem", "no such file"}},
		"run with half a guard":      {"worker", []string{"run", "--guard-window", "5"}, 2, []string{"--guard-window", "5 is not 10 to 10000"}},
		"migrate without a database": {"worker", []string{"migrate", "up"}, 2, []string{"--database-url: is missing"}},
		"migrate down, both ways":    {"worker", []string{"migrate", "down", "--yes", "--dry-run", "--database-url", "postgres://x/y"}, 2, []string{"--yes", "--dry-run"}},
		"migrate to nowhere":         {"worker", []string{"migrate", "up", "--database-url", "postgres://127.0.0.1:1/x?connect_timeout=2"}, 1, []string{"127.0.0.1"}},
		"submit without a file":      {"submit", nil, 2, []string{"FILE"}},
		"submit without a program":   {"submit", []string{file, "--batch", "b"}, 2, []string{"--program"}},
		"submit a missing file":      {"submit", []string{file + ".csv", "--program", "p", "--batch", "b", "--intake-key-file", file}, 1, []string{file + ".csv", "no such file"}},
		"submit with a wrong key":    {"submit", []string{file, "--program", "p", "--batch", "b", "--intake-key-file", file, "--database-url", "x"}, 2, []string{file, "is neither PEM nor DER"}},
		"sandbox without keys":       {"sandbox", []string{"--sandbox-keys", dir}, 1, []string{"demo keygen " + dir}},
		"sandbox without a folder":   {"sandbox", []string{"--sandbox-keys", dir + "/no"}, 1, []string{"there is no folder " + dir + "/no; make it: demo keygen " + dir + "/no"}},
		"sandbox with an empty name": {"sandbox", []string{"--sandbox-keys", ""}, 2, []string{"--sandbox-keys: is missing"}},
		"sandbox pans":               {"sandbox", []string{"pans"}, 0, []string{"52047399", "ISSUER_DECLINED"}},
		"demo in a foreign folder":   {"demo", []string{"--dir", dir}, 1, []string{dir, "was not made by a demo", "--dir"}},
		"demo with a missing file":   {"demo", []string{file + ".csv"}, 1, []string{file + ".csv"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, out := run(t, nil, c.command, c.args...)
			require.Equal(t, c.code, code, out)

			for _, text := range c.says {
				require.Contains(t, out, text)
			}

			require.NotContains(t, out, "panic")
			require.NotContains(t, out, "goroutine")
		})
	}
}
