package mastercard_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

func TestACopyOfTheKeySetReplacesOnlyAFile(t *testing.T) {
	t.Parallel()

	api := &publisher{}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	api.publish(keySet(jwk(t, &encryptionRSA().PublicKey, kid, "enc")))

	path := filepath.Join(t.TempDir(), "keys.json")
	require.NoError(t, os.Symlink(os.DevNull, path))

	source, err := mastercard.OpenKeySetURL(t.Context(), mastercard.KeySetConfig{URL: server.URL, CacheFile: path})
	require.NoError(t, err, "the key is good")
	require.ErrorContains(t, source.Stale(), path+" is a symbolic link, not a file")

	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file")
	require.Equal(t, os.ModeSymlink, entries[0].Type())
}
