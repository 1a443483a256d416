package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

func TestKeysListsWhatIsLoaded(t *testing.T) {
	t.Parallel()

	keys := filepath.Join(t.TempDir(), "keys")
	code, out := run(t, nil, "demo", "keygen", keys)
	require.Zero(t, code, out)

	code, out = run(t, keySettings(keys), "worker", "keys")
	require.Zero(t, code, out)

	for _, text := range []string{"PURPOSE", "signing", "encryption", "-fpan-encryption-", "intake", "hmac"} {
		require.Contains(t, out, text)
	}

	code, out = run(t, keySettings(keys), "worker", "keys", "--json")
	require.Zero(t, code, out)

	var listed []map[string]string
	require.NoError(t, json.Unmarshal([]byte(out), &listed))
	require.Len(t, listed, 4)
}

// A key set that cannot be fetched is no hindrance while there is a copy of it.
func TestAKeySetOutOfReachWithACopy(t *testing.T) {
	t.Parallel()

	keys := filepath.Join(t.TempDir(), "keys")
	code, out := run(t, nil, "demo", "keygen", keys)
	require.Zero(t, code, out)

	code, out = run(t, append(keySettings(keys), "ENROLL_ENCRYPTION_KEY_FILE=",
		"ENROLL_ENCRYPTION_KEY_URL=http://127.0.0.1:1/keys", "ENROLL_ENCRYPTION_KEY_CACHE="+keys+"/encryption-keys.json"),
		"worker", "keys")
	require.Zero(t, code, out)
	require.Contains(t, out, "warning: fetching the key set: http://127.0.0.1:1/keys")
	require.Contains(t, out, "using its copy in "+keys+"/encryption-keys.json")
}

// A key that cannot be used is named with its setting, its file and what is wrong, before anything starts.
func TestBadKeys(t *testing.T) {
	t.Parallel()

	keys := filepath.Join(t.TempDir(), "keys")
	code, out := run(t, nil, "demo", "keygen", keys)
	require.Zero(t, code, out)

	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))

		return path
	}
	key := rsaKey(t, 2048)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)

	password := write("password", []byte("right\n"))
	wrong := write("wrong-password", []byte("wrong\n"))

	for name, c := range map[string]struct {
		settings []string
		says     []string
	}{
		"no file":                  {[]string{"ENROLL_SIGNING_KEY_FILE=" + dir + "/none"}, []string{"--signing-key-file", dir + "/none", "no such file"}},
		"an EC key":                {[]string{"ENROLL_SIGNING_KEY_FILE=" + write("ec.pem", pkcs8(t, ec))}, []string{"--signing-key-file", "ec.pem", "RSA"}},
		"a small key":              {[]string{"ENROLL_SIGNING_KEY_FILE=" + write("small.pem", pkcs8(t, rsaKey(t, 1024)))}, []string{"small.pem", "2048"}},
		"a wrong password":         {[]string{"ENROLL_SIGNING_KEY_FILE=" + write("a.p12", p12(t, key, time.Now().Add(time.Hour))), "ENROLL_SIGNING_KEY_PASSWORD_FILE=" + wrong}, []string{"a.p12", "password"}},
		"no password":              {[]string{"ENROLL_SIGNING_KEY_FILE=" + write("b.p12", p12(t, key, time.Now().Add(time.Hour)))}, []string{"b.p12", "password"}},
		"an expired certificate":   {[]string{"ENROLL_SIGNING_KEY_FILE=" + write("c.p12", p12(t, key, time.Now().Add(-time.Hour))), "ENROLL_SIGNING_KEY_PASSWORD_FILE=" + password}, []string{"c.p12", "expired"}},
		"a picture":                {[]string{"ENROLL_SIGNING_KEY_FILE=" + write("d.png", []byte("\x89PNG\r\n\x1a\n0123456789"))}, []string{"--signing-key-file", "d.png"}},
		"a private encryption key": {[]string{"ENROLL_ENCRYPTION_KEY_FILE=" + keys + "/signing-key.pem", "ENROLL_ENCRYPTION_KID=x"}, []string{"--encryption-key-file", "signing-key.pem"}},
		"a PEM without a kid":      {[]string{"ENROLL_ENCRYPTION_KEY_FILE=" + keys + "/signing-key.pub.pem"}, []string{"--encryption-key-file", "kid"}},
		"a pin that is not there":  {[]string{"ENROLL_ENCRYPTION_KID=other"}, []string{"--encryption-key-file", "other"}},
		"a key set out of reach":   {[]string{"ENROLL_ENCRYPTION_KEY_FILE=", "ENROLL_ENCRYPTION_KEY_URL=http://127.0.0.1:1/keys", "ENROLL_ENCRYPTION_KEY_CACHE=" + dir + "/cache.json"}, []string{"--encryption-key-url", "127.0.0.1:1", "cache.json"}},
		"both ways":                {[]string{"ENROLL_ENCRYPTION_KEY_URL=http://127.0.0.1:1/keys"}, []string{"give one of them"}},
		"an RSA intake key":        {[]string{"ENROLL_INTAKE_KEY_FILES=" + write("rsa.pem", pkcs8(t, key))}, []string{"--intake-key-files", "rsa.pem", "P-256"}},
		"a public intake key":      {[]string{"ENROLL_INTAKE_KEY_FILES=" + keys + "/intake-key.pub.pem"}, []string{"--intake-key-files", "private"}},
		"a short HMAC key":         {[]string{"ENROLL_HMAC_KEY_FILES=" + write("hmac", []byte("c2hvcnQ="))}, []string{"--hmac-key-files", "32 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, out := run(t, append(keySettings(keys), c.settings...), "worker", "keys")
			require.Equal(t, 2, code, out)
			t.Log(out)

			for _, text := range c.says {
				require.Contains(t, out, text)
			}
		})
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()

	code, whole := run(t, nil, "worker", "verdicts")
	require.Zero(t, code, whole)
	require.Contains(t, whole, "operation,status,source,reason,detail,field,recoverable,retry_after,verdict,about_card,basis,advice\n")

	// What is printed can be given back.
	file := filepath.Join(t.TempDir(), "mine.csv")
	require.NoError(t, os.WriteFile(file, []byte(whole), 0o600))
	code, out := run(t, []string{"ENROLL_VERDICTS_FILE=" + file}, "worker", "verdicts", "--json")
	require.Zero(t, code, out)

	var rows []map[string]string
	require.NoError(t, json.Unmarshal([]byte(out), &rows))
	require.Greater(t, len(rows), 200, "the file's rows before the others")

	// So can what a spreadsheet would run as a formula, which is guarded there, and is taken as it is too.
	header, _, _ := strings.Cut(whole, "\n")
	require.NoError(t, os.WriteFile(file, []byte(header+"\n,400,service,NEW,,,,,rejected,,ours,=1;-2\n"), 0o600))
	code, out = run(t, []string{"ENROLL_VERDICTS_FILE=" + file}, "worker", "verdicts")
	require.Zero(t, code, out)
	require.Contains(t, out, "\n,400,service,NEW,,,,,rejected,,ours,'=1;'-2\n")
	require.NoError(t, os.WriteFile(file, []byte(out), 0o600))
	code, out = run(t, []string{"ENROLL_VERDICTS_FILE=" + file}, "worker", "verdicts", "--json")
	require.Zero(t, code, out)
	require.Contains(t, out, `"advice": "=1;-2"`)

	// A file of an earlier version is taken too.
	older := "operation,status,source,reason,detail,field,recoverable,retry_after,verdict,basis,advice\n,400,service,OLD,,,,,rejected,ours,Old.\n"
	require.NoError(t, os.WriteFile(file, []byte(older), 0o600))
	code, out = run(t, []string{"ENROLL_VERDICTS_FILE=" + file}, "worker", "verdicts")
	require.Zero(t, code, out)
	require.Contains(t, out, "\n,400,service,OLD,,,,,rejected,,ours,Old.\n")

	require.NoError(t, os.WriteFile(file, []byte("operation,status\n1,2\n"), 0o600))
	code, out = run(t, []string{"ENROLL_VERDICTS_FILE=" + file}, "worker", "verdicts")
	require.Equal(t, 2, code, out)
	require.Contains(t, out, "--verdicts-file")
}

func keySettings(keys string) []string {
	return []string{
		"ENROLL_CONSUMER_KEY_FILE=" + keys + "/consumer-key.txt",
		"ENROLL_SIGNING_KEY_FILE=" + keys + "/signing-key.pem",
		"ENROLL_ENCRYPTION_KEY_FILE=" + keys + "/encryption-keys.json",
		"ENROLL_INTAKE_KEY_FILES=" + keys + "/intake-key.pem",
		"ENROLL_HMAC_KEY_FILES=" + keys + "/hmac-key.txt",
	}
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()

	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)

	return key
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()

	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)

	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// p12 is a PKCS#12 file with the password "right".
func p12(t *testing.T, key *rsa.PrivateKey, notAfter time.Time) []byte {
	t.Helper()

	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: notAfter.Add(-24 * time.Hour), NotAfter: notAfter,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	file, err := pkcs12.Modern.Encode(key, certificate, nil, "right")
	require.NoError(t, err)

	return file
}
