package mastercard_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"enroll.example/clicktopay/pkg/mastercard"
)

const mark = "\xef\xbb\xbf"

// utf16Of is a text as Windows writes "Unicode".
func utf16Of(order binary.AppendByteOrder, text string) []byte {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}

	return data
}

func testKey(tb testing.TB, name string) []byte {
	tb.Helper()

	data, err := os.ReadFile(filepath.Join("testdata/keys", name))
	require.NoError(tb, err)

	return data
}

// What editors, secrets managers, forms and environment files make of a key.
func TestAKeyIsTakenInTheFormsThatPeopleHaveItIn(t *testing.T) {
	t.Parallel()

	key := signingRSA()
	der8, der1 := pkcs8(t, key), x509.MarshalPKCS1PrivateKey(key)
	text := string(pemBlock("PRIVATE KEY", der8))
	both := text + string(pemBlock("CERTIFICATE", certificate(t, key, clock.AddDate(1, 0, 0)).Raw))
	encoded := base64.StdEncoding.EncodeToString(der8)
	p12, err := pkcs12.Modern2023.Encode(key, certificate(t, key, clock.AddDate(1, 0, 0)), nil, "")
	require.NoError(t, err)

	joined := func(separator string) []byte {
		return []byte(strings.ReplaceAll(strings.TrimSpace(both), "\n", separator))
	}

	for name, data := range map[string][]byte{
		"PEM":                                  []byte(both),
		"PEM with a mark":                      []byte(mark + both),
		"PEM in UTF-16, little endian, marked": utf16Of(binary.LittleEndian, "\ufeff"+both),
		"PEM in UTF-16, big endian, marked":    utf16Of(binary.BigEndian, "\ufeff"+both),
		"PEM in UTF-16 without a mark":         utf16Of(binary.LittleEndian, both),
		"PEM with Windows' line ends":          joined("\r\n"),
		"PEM with the line ends of old Macs":   joined("\r"),
		"PEM with literal \\n":                 joined(`\n`),
		"PEM with literal \\r\\n":              joined(`\r\n`),
		"PEM as a JSON string":                 append(append([]byte{'"'}, joined(`\n`)...), `\n"`...),
		"PEM on one line":                      joined(""),
		"PEM on one line, with spaces":         joined(" "),
		"PEM that is indented":                 append([]byte("    "), joined("\n    ")...),
		"PEM in a YAML file":                   append([]byte("key: |\n  "), joined("\n  ")...),
		"PEM whose label is another's":         pemBlock("RSA PRIVATE KEY", der8),
		"DER, PKCS#8":                          der8,
		"DER, PKCS#1":                          der1,
		"base64 of DER":                        []byte(encoded + "\n"),
		"base64 of DER, with a mark":           []byte(mark + encoded),
		"base64 of PKCS#12, in lines":          joinLines(base64.StdEncoding.EncodeToString(p12)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := mastercard.ParseSigningKey(data, "", clock)
			require.NoError(t, err)
			require.Equal(t, signingKey(t).Fingerprint(), got.Fingerprint())
		})
	}
}

func joinLines(text string) []byte {
	var lines bytes.Buffer
	for len(text) > 76 {
		lines.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}

	return append(lines.Bytes(), text+"\r\n"...)
}

// What cannot be taken is named, with what to do.
func TestAFileThatIsNoSigningKeyIsNamedForWhatItIs(t *testing.T) {
	t.Parallel()

	key := signingRSA()
	leaf := certificate(t, key, clock.AddDate(1, 0, 0))
	der := pkcs8(t, key)
	text := pemBlock("PRIVATE KEY", der)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	require.NoError(t, err)
	trust, err := pkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{leaf}, "secret")
	require.NoError(t, err)

	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"a JKS keystore": {testKey(t, "several.jks"), []string{
			"it is a Java keystore (JKS)",
			"keytool -importkeystore -srckeystore FILE -srcstoretype JKS -srcalias ALIAS -destkeystore NEW.p12 -deststoretype PKCS12",
		}},
		"a JCEKS keystore":             {testKey(t, "several.jceks"), []string{"it is a Java keystore (JCEKS)", "-srcstoretype JCEKS"}},
		"base64 of a JKS keystore":     {[]byte(base64.StdEncoding.EncodeToString(testKey(t, "several.jks"))), []string{"in it: it is a Java keystore (JKS)"}},
		"an OpenSSH key":               {testKey(t, "ssh"), []string{"it is an OpenSSH private key", "ssh-keygen -p -N '' -m PKCS8 -f COPY"}},
		"an OpenSSH key on one line":   {bytes.ReplaceAll(testKey(t, "ssh"), []byte("\n"), nil), []string{"it is an OpenSSH private key"}},
		"an OpenSSH public key":        {testKey(t, "ssh.pub"), []string{"it is an OpenSSH public key"}},
		"a PuTTY key":                  {[]byte("PuTTY-User-Key-File-3: ssh-rsa\n"), []string{"it is a key of PuTTY"}},
		"a PGP key":                    {[]byte("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxx=\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n"), []string{"it is a PGP file"}},
		"an encrypted PEM":             {testKey(t, "encrypted.pem"), []string{"an encrypted key that is not in a PKCS#12 file", "openssl pkey -in FILE"}},
		"an encrypted PEM, old form":   {testKey(t, "encrypted-traditional.pem"), []string{"an encrypted key that is not in a PKCS#12 file"}},
		"an old one on one line":       {bytes.ReplaceAll(testKey(t, "encrypted-traditional.pem"), []byte("\n"), []byte(" ")), []string{"an encrypted key that is not in a PKCS#12 file"}},
		"an old one with literal \\n":  {bytes.ReplaceAll(testKey(t, "encrypted-traditional.pem"), []byte("\n"), []byte(`\n`)), []string{"an encrypted key that is not in a PKCS#12 file"}},
		"a certificate, PEM":           {pemBlock("CERTIFICATE", leaf.Raw), []string{"it holds a certificate and no private key"}},
		"a certificate, DER":           {leaf.Raw, []string{"it holds a certificate and no private key"}},
		"a certificate request":        {pemBlock("CERTIFICATE REQUEST", request), []string{"it holds a certificate request"}},
		"a certificate request, DER":   {request, []string{"it holds a certificate request"}},
		"a public key, DER":            {public, []string{"it holds a public key, which is no private key"}},
		"an EC key, DER":               {pkcs8(t, ec), []string{"not an RSA key but an EC private key"}},
		"an EC key with parameters":    {testKey(t, "ec-parameters.pem"), []string{"not an RSA key but an EC private key"}},
		"a trust store":                {trust, []string{"a PKCS#12 file without a private key"}},
		"PKCS#12 without certificate":  {testKey(t, "no-certificate.p12"), []string{"a PKCS#12 file without a certificate"}},
		"a key set":                    {[]byte(`{"keys":[]}`), []string{"it holds JSON, which is no private key"}},
		"a web page":                   {[]byte("\n<!DOCTYPE html><html>"), []string{"it is HTML or XML"}},
		"a ZIP archive":                {[]byte("PK\x03\x04rest"), []string{"it is a ZIP archive: unpack it"}},
		"BER":                          {[]byte("\x30\x80\x02\x01\x03"), []string{"it is BER of indefinite lengths"}},
		"UTF-32":                       {[]byte("\xff\xfe\x00\x00-\x00\x00\x00"), []string{"it is UTF-32"}},
		"PEM that was cut off":         {text[:len(text)/2], []string{"its PEM block PRIVATE KEY, which begins in line 1, has no end"}},
		"PEM with a character missing": {bytes.Replace(text, []byte("M"), nil, 1), []string{"which begins in line 1, is not base64"}},
		"a mark and nothing else":      {[]byte(mark), []string{"it is empty"}},
		"something else":               {[]byte("hello, world"), []string{"it is neither PEM nor DER nor PKCS#12"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := mastercard.ParseSigningKey(c.data, "secret", clock)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

// Files of keytool's, with three private keys, a trusted certificate and a secret key. Java writes aliases in lower case.
func TestOneOfSeveralKeysInAPKCS12File(t *testing.T) {
	t.Parallel()

	for _, file := range []string{"several.p12", "several-legacy.p12"} {
		data := testKey(t, file)
		seen := map[string]string{}

		for _, alias := range []string{"sandbox-2024", "Production", "zahlungen köln"} {
			key, err := mastercard.ParseSigningKey(data, "secret", clock, mastercard.Alias(alias))
			require.NoError(t, err, "%s %s", file, alias)
			require.False(t, key.NotAfter().IsZero(), "its own certificate is found among those of all")
			require.NotContains(t, seen, key.Fingerprint(), "each alias is another key")
			seen[key.Fingerprint()] = alias
		}

		for name, c := range map[string]struct{ alias, password, want string }{
			"no alias": {"", "secret", `it holds 3 private keys: set the alias (--signing-key-alias) of the one that belongs to the consumer key,` +
				` one of: "sandbox-2024", "production", "zahlungen köln"`},
			"an alias that is not there": {"live", "secret", `it holds no private key of the alias "live" (--signing-key-alias), only: "sandbox-2024", "production"`},
			"an alias of a certificate":  {"trusted", "secret", `it holds no private key of the alias "trusted"`},
			"a wrong password":           {"production", "guess", "the password is wrong"},
			"a wrong password, no alias": {"", "guess", "the password is wrong"},
		} {
			t.Run(file+", "+name, func(t *testing.T) {
				t.Parallel()

				_, err := mastercard.ParseSigningKey(data, c.password, clock, mastercard.Alias(c.alias))
				require.ErrorContains(t, err, c.want)
			})
		}
	}
}

func TestAnAliasOfTheOnlyKey(t *testing.T) {
	t.Parallel()

	data := testKey(t, "openssl3.p12")

	for name, c := range map[string]struct {
		alias string
		data  []byte
		err   string
	}{
		"its name":          {"keyalias", data, ""},
		"in capitals":       {"KEYALIAS", data, ""},
		"another":           {"other", data, `it holds no private key of the alias "other" (--signing-key-alias), only: "keyalias"`},
		"of a PEM file":     {"keyalias", pemBlock("PRIVATE KEY", pkcs8(t, signingRSA())), `an alias is set, "keyalias", and only keys in a PKCS#12 file have one`},
		"keytool's command": {"production", testKey(t, "several.jks.p12"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := mastercard.ParseSigningKey(c.data, "secret", clock, mastercard.Alias(c.alias))
			if c.err == "" {
				require.NoError(t, err)
				return
			}

			require.ErrorContains(t, err, c.err)
		})
	}
}

func TestAPasswordFileInTheFormsThatPeopleHaveItIn(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		content []byte
		err     string
	}{
		"with a mark":                   {[]byte(mark + "secret\n"), ""},
		"UTF-16 of Windows PowerShell":  {utf16Of(binary.LittleEndian, "\ufeffsecret\r\n"), ""},
		"UTF-16, big endian":            {utf16Of(binary.BigEndian, "\ufeffsecret\r\n"), ""},
		"UTF-16 without a mark":         {utf16Of(binary.LittleEndian, "secret\r\n"), ""},
		"without a line end":            {[]byte("secret"), ""},
		"with a space behind":           {[]byte("secret \n"), "begins or ends with a space, which counts"},
		"UTF-16 that was cut off":       {utf16Of(binary.LittleEndian, "\ufeffsecret")[:13], "it is UTF-16 of an odd number of bytes"},
		"another password":              {[]byte("Secret\n"), "the password is wrong"},
		"Latin-1":                       {[]byte("s\xe9cret\n"), "its first line is not UTF-8"},
		"with a zero byte":              {[]byte("secret\x00\n"), "its first line holds a zero byte"},
		"a key in place of a password":  {[]byte("\xfe\xed\xfe\xed\x00\x00"), "its first line holds a zero byte"},
		"nothing":                       {nil, "it is empty"},
		"a mark alone is an empty line": {[]byte(mark), "it needs one, and none was given"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			password := filepath.Join(t.TempDir(), "password")
			require.NoError(t, os.WriteFile(password, c.content, 0o600))

			_, err := mastercard.LoadSigningKey("testdata/keys/openssl3.p12", password, clock)
			if c.err == "" {
				require.NoError(t, err)
				return
			}

			require.ErrorContains(t, err, c.err)
			require.NotContains(t, strings.ToLower(err.Error()), "secret")
		})
	}
}

func TestAnEncryptionKeyInTheFormsThatPeopleHaveItIn(t *testing.T) {
	t.Parallel()

	key := encryptionRSA()
	leaf := certificate(t, key, clock.AddDate(1, 0, 0))
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)

	text := string(pemBlock("PUBLIC KEY", public))

	for name, c := range map[string]struct {
		data []byte
		err  string
	}{
		"PEM with a mark":        {[]byte(mark + text), ""},
		"PEM in UTF-16":          {utf16Of(binary.LittleEndian, "\ufeff"+text), ""},
		"PEM on one line":        {[]byte(strings.ReplaceAll(text, "\n", "")), ""},
		"PEM with literal \\n":   {[]byte(strings.ReplaceAll(text, "\n", `\n`)), ""},
		"public key, DER":        {public, ""},
		"public key, PKCS#1 DER": {x509.MarshalPKCS1PublicKey(&key.PublicKey), ""},
		"certificate, DER":       {leaf.Raw, ""},
		"certificate, base64":    {[]byte(base64.StdEncoding.EncodeToString(leaf.Raw)), ""},
		"a JKS keystore":         {testKey(t, "several.jks"), "it is a Java keystore (JKS)"},
		"a private key, DER":     {pkcs8(t, key), "for a private key: the API encrypts for Mastercard, with Mastercard's public key"},
		"a PKCS#12 file":         {testKey(t, "openssl3.p12"), "it holds neither a public key nor a certificate: a PKCS#12 file"},
		"an OpenSSH public key":  {testKey(t, "ssh.pub"), "it is an OpenSSH public key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := mastercard.ParseEncryptionKey(c.data, kid, clock)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}

			require.NoError(t, err)
			require.Equal(t, encryptionKey(t).Fingerprint(), got.Fingerprint())
		})
	}
}

// Of decryption keys that lie in one file, each is found under its kid.
func TestDecryptionKeysThatLieInOneFile(t *testing.T) {
	t.Parallel()

	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte(mark+"secret\r\n"), 0o600))

	file := "testdata/keys/several.p12"
	source, err := mastercard.OpenDecryptionKeyFiles(map[string]string{
		"sandbox-2024": file, "production": file, "elsewhere": "testdata/keys/openssl3.p12",
	}, password, now)
	require.NoError(t, err)

	keys := source.DecryptionKeys().Info()
	require.Len(t, keys, 3)
	require.NotEqual(t, keys[1].Fingerprint, keys[2].Fingerprint)

	_, err = mastercard.OpenDecryptionKeyFiles(map[string]string{"live": file}, password, now)
	require.ErrorContains(t, err, `decryption key live: signing key file testdata/keys/several.p12: it holds no private key of the alias "live"`)
}
