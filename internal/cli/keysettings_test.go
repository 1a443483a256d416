package cli_test

import (
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
)

// newKeys makes the keys and settings of the sandbox below a folder.
func newKeys(t *testing.T, dir string) devkeys.Dir {
	t.Helper()

	made := devkeys.Dir(filepath.Join(dir, "keys"))
	_, err := made.Make(sandbox.KeyID(time.Now()))
	require.NoError(t, err)

	return made
}

// settingsOf are settings with those that name the keys.
func settingsOf(made devkeys.Dir, settings map[string]string) map[string]string {
	all := map[string]string{
		"encryption-key-file": made.Path(devkeys.SandboxPublicKeySet),
		"consumer-key-file":   made.Path(devkeys.ConsumerKey),
		"signing-key-file":    made.Path(devkeys.SigningKey),
		"intake-key-files":    made.Path(devkeys.IntakeKey),
		"hmac-key-files":      made.Path(devkeys.HMACKey),
		"programs-file":       made.Path(devkeys.Programs),
		"intake-key-file":     made.Path(devkeys.IntakePublicKey),
	}
	maps.Copy(all, settings)

	return all
}
