package enroll_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
)

// The kid is derived from the secret: it stays the same however the file was saved.
func TestAnHMACKeyInTheFormsThatPeopleHaveItIn(t *testing.T) {
	t.Parallel()

	const secret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

	load := func(content string) (enroll.HMACKey, error) {
		path := filepath.Join(t.TempDir(), "hmac")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))

		return enroll.LoadHMACKey(path)
	}

	plain, err := load(secret + "\n")
	require.NoError(t, err)

	for name, content := range map[string]string{
		"with a mark":             "\xef\xbb\xbf" + secret + "\r\n",
		"UTF-16 of PowerShell":    "\xff\xfe" + strings.Join(strings.Split(secret+"\r\n", ""), "\x00") + "\x00",
		"in lines":                secret[:20] + "\n" + secret[20:],
		"spaces around":           "  " + secret + "  ",
		"no line end at the end":  secret,
		"UTF-16 without any mark": strings.Join(strings.Split(secret, ""), "\x00") + "\x00",
	} {
		key, err := load(content)
		require.NoError(t, err, name)
		require.Equal(t, plain.Kid, key.Kid, name)
	}

	for content, want := range map[string]string{
		"not base64!":              "is not base64; make one with: openssl rand -base64 32",
		"{}":                       "is not base64 but holds JSON; make one with",
		"\xfe\xed\xfe\xed\x00\x00": "it is a Java keystore (JKS)",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----": "is not base64 but holds a private key (PKCS#8)",
		secret[:8]: "fewer than 32 bytes",
		"":         "it is empty",
	} {
		_, err := load(content)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "HMAC key ")
	}
}

func TestAProgramsFileWithAMark(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "programs.json")
	require.NoError(t, os.WriteFile(path, []byte("\xef\xbb\xbf"+`{"programs": [{"name": "p",
		"src_client_id": "b3a5c1de-0f2e-4d7a-9c41-5e8f60718293", "service_id": "S#1#01"}]}`), 0o600))

	programs, err := enroll.LoadPrograms(path)
	require.NoError(t, err)
	require.Contains(t, programs, "p")
}
