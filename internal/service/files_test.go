package service_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/service"
)

func write(t *testing.T, content string) string {
	t.Helper()

	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))

	return path
}

func TestAConsumerKeyWithAMark(t *testing.T) {
	t.Parallel()

	api := service.API{CallTimeout: time.Second, MaxRetryAfter: time.Second,
		MastercardURL: "sandbox", ConsumerKeyFile: write(t, "\xef\xbb\xbfZm9vYmFyLWNsaWVudC1pZF8w!0123456789abcdef0000000000000000\r\n"),
	}
	require.NoError(t, api.Check())

	keys := devkeys.Dir(t.TempDir())
	_, err := keys.Make("20230207223521-sandbox-fpan-encryption-test")
	require.NoError(t, err)

	made := keys.API("sandbox", 0)
	made.ConsumerKeyFile = api.ConsumerKeyFile

	loaded, err := made.Keys(t.Context())
	require.NoError(t, err)

	_, err = made.Client(loaded, slog.New(slog.DiscardHandler))
	require.NoError(t, err, "the mark is no part of the key")
}

// The key set is known by its content, whatever the file's name.
func TestAKeySetInAFileOfAnotherName(t *testing.T) {
	t.Parallel()

	keys := devkeys.Dir(t.TempDir())
	_, err := keys.Make("20230207223521-sandbox-fpan-encryption-test")
	require.NoError(t, err)

	text, err := os.ReadFile(keys.Path(devkeys.SandboxPublicKeySet))
	require.NoError(t, err)

	api := keys.API("sandbox", 0)
	api.EncryptionKeyFile = write(t, "\xef\xbb\xbf"+string(text))

	loaded, err := api.Keys(t.Context())
	require.NoError(t, err)
	require.Equal(t, "20230207223521-sandbox-fpan-encryption-test", loaded.Encryption.EncryptionKey().KID())
}

func TestTheAliasIsHandedToTheSigningKey(t *testing.T) {
	t.Parallel()

	const file = "../../pkg/mastercard/testdata/keys/several.p12"

	api := service.API{SigningKeyFile: file, SigningKeyPasswordFile: write(t, "secret\n"), EncryptionKeyFile: file}

	_, err := api.Keys(t.Context())
	require.ErrorContains(t, err, "--signing-key-file: signing key file "+file+": it holds 3 private keys: set the alias (--signing-key-alias)")

	api.SigningKeyAlias = "production"
	_, err = api.Keys(t.Context())
	require.NotContains(t, err.Error(), "--signing-key-file")
}
