package jobs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func TestIntakeKeysInTheFormsThatPeopleHaveThemIn(t *testing.T) {
	t.Parallel()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	kid, err := jobs.Kid(&key.PublicKey)
	require.NoError(t, err)
	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)

	der := func(data []byte, err error) []byte {
		require.NoError(t, err)
		return data
	}
	armored := func(label string, data []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: data}))
	}

	private, sec1, public := der(x509.MarshalPKCS8PrivateKey(key)), der(x509.MarshalECPrivateKey(key)), der(x509.MarshalPKIXPublicKey(&key.PublicKey))
	text, publicText := armored("PRIVATE KEY", private), armored("PUBLIC KEY", public)

	const (
		notPrivate = "is a public key; workers need the private one"
		notPublic  = "is no public key; publishers get the one made with: openssl pkey -in KEY -pubout"
		notP256    = "is not an EC key on P-256; make one with: openssl genpkey"
	)

	for name, c := range map[string]struct{ content, private, public string }{
		"PEM":                       {text, "", notPublic},
		"PEM with a mark":           {"\xef\xbb\xbf" + text, "", notPublic},
		"PEM on one line":           {strings.ReplaceAll(text, "\n", ""), "", notPublic},
		"PEM with literal \\n":      {strings.ReplaceAll(text, "\n", `\n`), "", notPublic},
		"DER":                       {string(private), "", notPublic},
		"SEC 1":                     {armored("EC PRIVATE KEY", sec1), "", notPublic},
		"as openssl ecparam has it": {"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + armored("EC PRIVATE KEY", sec1), "", notPublic},
		"public, with a mark":       {"\xef\xbb\xbf" + publicText, notPrivate, ""},
		"public, UTF-16":            {"\xff\xfe" + strings.Join(strings.Split(publicText, ""), "\x00") + "\x00", notPrivate, ""},
		"public, DER":               {string(public), notPrivate, ""},
		"on another curve":          {armored("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(large))), notP256, notPublic},
		"two keys":                  {text + text, "holds 2 keys and certificates; leave the one key", "holds 2 keys and certificates"},
		"an encrypted key":          {armored("ENCRYPTED PRIVATE KEY", []byte("x")), "is an encrypted key, which is not supported", notPublic},
		"a JKS keystore":            {"\xfe\xed\xfe\xed\x00\x00\x00\x02", "it is a Java keystore (JKS)", "it is a Java keystore (JKS)"},
		"an OpenSSH key":            {"-----BEGIN OPENSSH PRIVATE KEY-----\n", "it is an OpenSSH private key", "it is an OpenSSH private key"},
		"JSON":                      {"{}", "holds JSON; workers need an EC private key", "holds JSON; publishers get the public key"},
		"cut off":                   {text[:60], "has no end: it was cut off", "has no end: it was cut off"},
		"nothing":                   {"", "it is empty", "it is empty"},
		"something else":            {"hello", "it is neither PEM nor DER", "it is neither PEM nor DER"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			path := filepath.Join(t.TempDir(), "key")
			require.NoError(t, os.WriteFile(path, []byte(c.content), 0o600))

			check := func(err error, got, want string) {
				if want == "" {
					require.NoError(t, err)
					require.Equal(t, kid, got)

					return
				}

				require.ErrorContains(t, err, want)
				require.ErrorContains(t, err, path)
			}

			loaded, err := jobs.LoadIntakeKey(path)
			check(err, loaded.Kid, c.private)

			loadedPublic, err := jobs.LoadIntakePublicKey(path)
			check(err, loadedPublic.Kid, c.public)
		})
	}
}
