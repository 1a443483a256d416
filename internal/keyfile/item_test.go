package keyfile_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/keyfile"
)

// parts are a key and what is made of it, in DER.
type parts struct{ pkcs8, sec1, public, certificate, request []byte }

func newParts(tb testing.TB) (p parts) {
	tb.Helper()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)

	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().AddDate(1, 0, 0),
		BasicConstraintsValid: true, IsCA: true,
	}

	for _, part := range []struct {
		to   *[]byte
		make func() ([]byte, error)
	}{
		{&p.pkcs8, func() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(key) }},
		{&p.sec1, func() ([]byte, error) { return x509.MarshalECPrivateKey(key) }},
		{&p.public, func() ([]byte, error) { return x509.MarshalPKIXPublicKey(&key.PublicKey) }},
		{&p.certificate, func() ([]byte, error) {
			return x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		}},
		{&p.request, func() ([]byte, error) {
			return x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
		}},
	} {
		*part.to, err = part.make()
		require.NoError(tb, err)
	}

	return p
}

func armored(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func TestParse(t *testing.T) {
	t.Parallel()

	p := newParts(t)

	for name, c := range map[string]struct {
		data string
		want []keyfile.Kind
	}{
		"DER, PKCS#8":            {string(p.pkcs8), []keyfile.Kind{keyfile.KindPKCS8}},
		"DER, SEC 1":             {string(p.sec1), []keyfile.Kind{keyfile.KindEC}},
		"DER, public key":        {string(p.public), []keyfile.Kind{keyfile.KindPublic}},
		"DER, certificate":       {string(p.certificate), []keyfile.Kind{keyfile.KindCertificate}},
		"DER, request":           {string(p.request), []keyfile.Kind{keyfile.KindRequest}},
		"JSON behind a mark":     {"\xef\xbb\xbf {}", []keyfile.Kind{keyfile.KindJSON}},
		"several blocks":         {armored("X509 CERTIFICATE", p.certificate) + "text\n" + armored("PRIVATE KEY", p.sec1), []keyfile.Kind{keyfile.KindCertificate, keyfile.KindEC}},
		"a label without sense":  {armored("MY KEY", p.pkcs8), []keyfile.Kind{keyfile.KindPKCS8}},
		"content without sense":  {armored("PUBLIC KEY", []byte("x")), []keyfile.Kind{keyfile.KindPublic}},
		"neither has any":        {armored("MY KEY", []byte("x")), []keyfile.Kind{keyfile.KindUnknown}},
		"a block with headers":   {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Headers: map[string]string{"Name": "a: b"}, Bytes: p.pkcs8})), []keyfile.Kind{keyfile.KindPKCS8}},
		"comments of OpenSSL":    {"Bag Attributes\n    friendlyName: x\nKey Attributes: <No Attributes>\n" + armored("PRIVATE KEY", p.pkcs8), []keyfile.Kind{keyfile.KindPKCS8}},
		"lines that are escaped": {strings.ReplaceAll(armored("PRIVATE KEY", p.pkcs8), "\n", "\\n\\\n"), []keyfile.Kind{keyfile.KindPKCS8}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			items, err := keyfile.Parse([]byte(c.data))
			require.NoError(t, err)

			var got []keyfile.Kind

			for _, item := range items {
				got = append(got, item.Kind)
				require.NotEmpty(t, item.String())
			}

			require.Equal(t, c.want, got)
		})
	}
}

func TestCertificatesAndTheirKeys(t *testing.T) {
	t.Parallel()

	p, other := newParts(t), newParts(t)
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))

		return path
	}

	certificate := write("certificate", "\xef\xbb\xbf"+armored("CERTIFICATE", p.certificate))
	der := write("der", string(p.certificate))
	key := write("key", strings.ReplaceAll(armored("PRIVATE KEY", p.pkcs8), "\n", `\n`))
	sec1 := write("sec1", "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"+armored("EC PRIVATE KEY", p.sec1))
	otherKey := write("other", armored("PRIVATE KEY", other.pkcs8))

	for _, file := range []string{certificate, der} {
		pool, err := keyfile.Certificates(file)
		require.NoError(t, err)

		leaf, err := x509.ParseCertificate(p.certificate)
		require.NoError(t, err)

		_, err = leaf.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		require.NoError(t, err)

		for _, file2 := range []string{key, sec1} {
			pair, err := keyfile.KeyPair(file, file2)
			require.NoError(t, err)
			require.Equal(t, p.certificate, pair.Certificate[0])
		}
	}

	_, err := keyfile.Certificates(key)
	require.ErrorContains(t, err, key+": it holds a private key (PKCS#8), and only certificates are expected")
	_, err = keyfile.KeyPair(key, certificate)
	require.ErrorContains(t, err, key+": it holds a private key (PKCS#8) and no certificate")
	_, err = keyfile.KeyPair(certificate, certificate)
	require.ErrorContains(t, err, certificate+": it holds a certificate and no private key that can be used")
	_, err = keyfile.KeyPair(certificate, otherKey)
	require.ErrorContains(t, err, "private key does not match")
	_, err = keyfile.KeyPair(certificate, filepath.Join(dir, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzParse(f *testing.F) {
	p := newParts(f)
	for _, seed := range []string{
		armored("PRIVATE KEY", p.pkcs8), strings.ReplaceAll(armored("CERTIFICATE", p.certificate), "\n", `\n`), string(p.sec1),
		"-----BEGIN X-----", "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n-----END X-----", "{}", "ssh-rsa", "\x30\x80", "MAA=",
	} {
		f.Add([]byte(seed))
	}

	f.Fuzz(func(t *testing.T, data []byte) {
		items, err := keyfile.Parse(data)
		if (len(items) == 0) == (err == nil) {
			t.Fatalf("%d items, error %v", len(items), err)
		}

		for _, item := range items {
			if item.Content == nil && item.Kind != keyfile.KindEncrypted && len(item.Label) == 0 {
				t.Fatalf("%s has no content", item)
			}
		}
	})
}
