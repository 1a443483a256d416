package sandbox_test

import (
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

func TestKeysArePublished(t *testing.T) {
	t.Parallel()

	f := setup(t, func(o *sandbox.Options) {
		o.DecryptionKeys = map[string]*rsa.PrivateKey{
			kid: o.DecryptionKeys[kid],
			sandbox.KeyID(time.Date(2025, 5, 6, 7, 8, 9, 0, time.UTC)): sharedKeys().stranger,
		}
	})

	for _, path := range []string{sandbox.KeysPath, sandbox.FPANPath} {
		got := f.do(t, request{method: http.MethodGet, target: path, finished: func(string) string { return "" }})
		require.Equal(t, http.StatusOK, got.status)

		var set jose.JSONWebKeySet
		require.NoError(t, json.Unmarshal(got.body, &set))
		require.Len(t, set.Keys, 2)
		require.Equal(t, kid, set.Keys[0].KeyID, "the newest first")
		require.Equal(t, "20250506070809-sandbox-fpan-encryption-src-mastercard-int", set.Keys[1].KeyID)
		require.Equal(t, &f.keys.decryption.PublicKey, set.Keys[0].Key)
		require.Equal(t, "enc", set.Keys[0].Use)
		require.Equal(t, "RSA-OAEP-256", set.Keys[0].Algorithm)
		require.Contains(t, string(got.body), `"key_ops":["wrapKey","encrypt"]`)
		require.NotContains(t, string(got.body), `"d"`)
	}

	post := f.do(t, request{target: sandbox.KeysPath})
	require.Equal(t, http.StatusMethodNotAllowed, post.status)
}
