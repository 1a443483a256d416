package service_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/service"
)

// Each setting of Token Connect that is wrong is named; without its address, nothing of it is asked for.
func TestTokenConnectSettings(t *testing.T) {
	t.Parallel()

	made := devkeys.Dir(t.TempDir())
	_, err := made.Make("kid-1")
	require.NoError(t, err)

	for name, c := range map[string]struct {
		set  service.TokenConnect
		says string
	}{
		"none":                     {service.TokenConnect{}, ""},
		"a URL that is none":       {service.TokenConnect{TokenConnectURL: "mdes"}, "--token-connect-url: is not a URL"},
		"a URL that is not https":  {service.TokenConnect{TokenConnectURL: "http://api.example/mdes"}, "--token-connect-url: is not https"},
		"a URL without a key":      {service.TokenConnect{TokenConnectURL: "sandbox"}, "--token-connect-key-file: is missing"},
		"a key without a URL":      {service.TokenConnect{TokenConnectKeyFile: "x.pem"}, "--token-connect-key-file: is of no use without"},
		"a key that is not there":  {service.TokenConnect{TokenConnectURL: "production", TokenConnectKeyFile: "none.pem"}, "--token-connect-key-file: "},
		"a private key":            {service.TokenConnect{TokenConnectURL: "test-facility", TokenConnectKeyFile: made.Path(devkeys.SigningKey)}, "--token-connect-key-file: "},
		"a fingerprint of letters": {service.TokenConnect{TokenConnectFingerprint: "xyz"}, "--token-connect-fingerprint: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			api := made.API("http://127.0.0.1:1", 0)
			api.TokenConnect = c.set

			_, errKeys := api.Keys(t.Context())
			said := fmt.Sprintln(errors.Join(api.Check(), errKeys))

			if c.says != "" {
				require.Contains(t, said, c.says)
			} else {
				require.NotContains(t, said, "token-connect")
			}
		})
	}
}
