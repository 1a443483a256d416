package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What keygen prints is all that the commands need besides the addresses of the queue and the database.
func TestAShellTakesTheSettingsThatKeygenPrints(t *testing.T) {
	t.Parallel()

	keys := filepath.Join(t.TempDir(), "o'brien's, keys")
	out, said := keygen(t, keys)
	require.Contains(t, said, "made "+filepath.Join(keys, "intake-key.pem"))

	script := filepath.Join(t.TempDir(), "settings.sh")
	require.NoError(t, os.WriteFile(script, []byte(out), 0o600))

	worker := child(t, nil, "worker")
	shell := exec.CommandContext(t.Context(), "sh", "-c", `. "$0"; exec "$@"`, script, worker.Path, "keys")
	shell.Env = worker.Env
	listed, err := shell.CombinedOutput()
	require.NoError(t, err, string(listed))

	for _, purpose := range []string{"signing", "encryption", "intake", "hmac"} {
		require.Contains(t, string(listed), purpose)
	}

	require.NotContains(t, string(listed), "is no setting")

	again, said := keygen(t, keys)
	require.Equal(t, out, again, "the settings of a folder that is there are printed, too")
	require.Contains(t, said, "nothing to make")
}

func TestKeygenTellsProgramsTheSettingsAsMembers(t *testing.T) {
	t.Parallel()

	keys := t.TempDir()
	out, said := keygen(t, keys, "--json")
	require.NotContains(t, said, "export ")

	var result struct {
		Made        []string          `json:"made"`
		Environment map[string]string `json:"environment"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &result))
	require.Contains(t, result.Made, filepath.Join(keys, "intake-key.pem"))
	require.Equal(t, filepath.Join(keys, "intake-key.pub.pem"), result.Environment["ENROLL_INTAKE_KEY_FILE"])

	shell, _ := keygen(t, keys)
	require.Len(t, result.Environment, strings.Count(shell, "export "))
}

// keygen returns what demo keygen prints on standard output and on standard error.
func keygen(t *testing.T, args ...string) (out, said string) {
	t.Helper()

	var stdout, stderr bytes.Buffer

	command := child(t, nil, "demo", append([]string{"keygen"}, args...)...)
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Run(), stderr.String())

	return stdout.String(), stderr.String()
}
