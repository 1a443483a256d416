package settings_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/settings"
)

func write(t *testing.T, content string) string {
	t.Helper()

	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))

	return path
}

// Postgres' clients read such a file, find no line for the server and say nothing about it.
func TestAPasswordFileThatNoClientUnderstandsIsRefused(t *testing.T) {
	t.Parallel()

	marked := write(t, "\xef\xbb\xbfhost:5432:db:user:secret\n")
	plain := write(t, "host:5432:db:user:secret\n")

	for url, want := range map[string]string{
		"postgres://user@host/db?passfile=" + marked:       "--database-url: " + marked + ": it begins with a byte order mark",
		"host=host passfile=" + marked + " dbname=db":      marked + ": it begins with a byte order mark",
		"passfile = '" + marked + "'":                      marked + ": it begins with a byte order mark",
		"postgres://user@host/db?passfile=" + plain:        "",
		"postgres://user@host/db?passfile=" + plain + ".x": "",
		"": "--database-url: is missing",
	} {
		err := settings.Database{DatabaseURL: url}.Check()
		if want == "" {
			require.NoError(t, err)
			continue
		}

		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "secret")
		require.ErrorAs(t, err, new(*settings.UsageError), "the command ends before anything starts")
	}
}

func TestFilesForTheQueueThatCannotBeUsedAreNamed(t *testing.T) {
	t.Parallel()

	jks := write(t, "\xfe\xed\xfe\xed\x00\x00\x00\x02")

	for want, n := range map[string]settings.NATS{
		"--nats-ca-file: " + jks + ": it is a Java keystore (JKS)":                       {NATSCAFile: jks},
		"--nats-cert-file and --nats-key-file: " + jks + ": it is a Java keystore (JKS)": {NATSCertFile: jks, NATSKeyFile: jks},
		"it begins with a byte order mark or is UTF-16":                                  {NATSCredsFile: write(t, "\xff\xfe-\x00")},
	} {
		n.NATSURL = "nats://127.0.0.1:1"
		_, _, err := n.Connect("test", slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, want)
	}
}
