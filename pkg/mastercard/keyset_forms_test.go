package mastercard_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

// What packs the API's answers on their way packs the key set as well.
func TestKeySetsInAnyForm(t *testing.T) {
	t.Parallel()

	set := fmt.Sprintf(`{"keys":[{"kty":"RSA","use":"enc","kid":%q,"e":"AQAB","n":%q}]}`,
		kid, base64.RawURLEncoding.EncodeToString(encryptionRSA().N.Bytes()))

	for name, c := range map[string]struct{ coding, contentType, body string }{
		"plain":          {"", "application/json", set},
		"gzip":           {"gzip", "application/json", gzipped(set)},
		"gzip, untold":   {"", "application/json", gzipped(set)},
		"deflate":        {"deflate", "application/json", zlibbed(set)},
		"a mark":         {"", "application/json", "\xef\xbb\xbf" + set},
		"another's type": {"", "text/plain; charset=latin1", set},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Accept-Encoding") != "identity" {
					t.Errorf("asked for %q", r.Header.Get("Accept-Encoding"))
				}

				w.Header().Set("Content-Type", c.contentType)
				if c.coding != "" {
					w.Header().Set("Content-Encoding", c.coding)
				}
				_, _ = io.WriteString(w, c.body)
			}))
			t.Cleanup(server.Close)

			source, err := mastercard.OpenKeySetURL(t.Context(), mastercard.KeySetConfig{URL: server.URL})
			require.NoError(t, err)
			require.Equal(t, kid, source.EncryptionKey().Info().KID)
		})
	}
}
