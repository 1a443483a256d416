package mastercard_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"enroll.example/clicktopay/pkg/mastercard"
)

// certificate signs the key's certificate with the key itself.
func certificate(tb testing.TB, key *rsa.PrivateKey, notAfter time.Time) *x509.Certificate {
	tb.Helper()

	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "test"},
		NotBefore:    clock.AddDate(-5, 0, 0),
		NotAfter:     notAfter,
	}

	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(tb, err)

	parsed, err := x509.ParseCertificate(der)
	require.NoError(tb, err)

	return parsed
}

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pkcs8(tb testing.TB, key any) []byte {
	tb.Helper()

	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(tb, err)

	return der
}

func smallRSA(tb testing.TB) *rsa.PrivateKey {
	tb.Helper()

	key, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // to be refused
	require.NoError(tb, err)

	return key
}

func TestParseSigningKey(t *testing.T) {
	t.Parallel()

	key, other := signingRSA(), encryptionRSA()
	until := clock.AddDate(1, 0, 0)
	good, expired := certificate(t, key, until), certificate(t, key, clock.AddDate(-1, 0, 0))
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ecDER, err := x509.MarshalECPrivateKey(ec)
	require.NoError(t, err)

	encode := func(encoder *pkcs12.Encoder, leaf *x509.Certificate, chain ...*x509.Certificate) []byte {
		data, err := encoder.Encode(key, leaf, chain, "secret")
		require.NoError(t, err)

		return data
	}

	pkcs1PEM := pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	pkcs8PEM := pemBlock("PRIVATE KEY", pkcs8(t, key))

	for name, c := range map[string]struct {
		data     []byte
		password string
		notAfter time.Time
		err      string
		is       error
	}{
		"PKCS#12, modern":    {data: encode(pkcs12.Modern2023, good), password: "secret", notAfter: until},
		"PKCS#12, 2026":      {data: encode(pkcs12.Modern2026, good), password: "secret", notAfter: until},
		"PKCS#12, 3DES":      {data: encode(pkcs12.LegacyDES, good), password: "secret", notAfter: until},
		"PKCS#12, RC2":       {data: encode(pkcs12.LegacyRC2, good), password: "secret", notAfter: until},
		"PKCS#12, leaf last": {data: encode(pkcs12.Modern2023, certificate(t, other, clock), good), password: "secret", notAfter: until},
		"PEM, PKCS#1":        {data: pkcs1PEM},
		"PEM, PKCS#8":        {data: pkcs8PEM},
		"PEM, with a certificate and text": {
			data: append([]byte("Bag Attributes\n"), append(pemBlock("CERTIFICATE", good.Raw), pkcs8PEM...)...), notAfter: until,
		},

		"PKCS#12 with another password": {
			data: encode(pkcs12.Modern2023, good), password: "Secret", is: mastercard.ErrWrongPassword,
			err: "the password is wrong: put the one chosen at download",
		},
		"PKCS#12 with no password": {
			data: encode(pkcs12.Modern2023, good), is: mastercard.ErrWrongPassword,
			err: "it needs one, and none was given",
		},
		"PKCS#12 with an expired certificate": {
			data: encode(pkcs12.Modern2023, expired), password: "secret", is: mastercard.ErrKeyExpired,
			err: "the certificate has expired (on 2025-11-23T12:00:00Z): make a new signing key",
		},
		"PKCS#12 of another key's certificate": {
			data: encode(pkcs12.Modern2023, certificate(t, other, until)), password: "secret",
			err: "none of its certificates belongs to its private key",
		},
		"PKCS#12 that asks for endless work": {
			data: endless(t), password: "secret", err: "it asks for 2000000000 rounds of key derivation",
		},
		"PEM with an expired certificate": {
			data: append(pemBlock("CERTIFICATE", expired.Raw), pkcs1PEM...), is: mastercard.ErrKeyExpired,
			err: "the certificate has expired",
		},
		"PEM, EC key":             {data: pemBlock("EC PRIVATE KEY", ecDER), is: mastercard.ErrNotRSA, err: "not an RSA key but an EC private key"},
		"PEM, EC key as PKCS#8":   {data: pemBlock("PRIVATE KEY", pkcs8(t, ec)), is: mastercard.ErrNotRSA, err: "not an RSA key but an EC private key: signing for the API needs an RSA private key"},
		"PEM, RSA-1024":           {data: pemBlock("PRIVATE KEY", pkcs8(t, smallRSA(t))), is: mastercard.ErrWeakKey, err: "it has 1024"},
		"PEM, encrypted PKCS#8":   {data: pemBlock("ENCRYPTED PRIVATE KEY", []byte("x")), err: "an encrypted key that is not in a PKCS#12 file is not supported"},
		"PEM, broken PKCS#8":      {data: pemBlock("PRIVATE KEY", []byte("x")), err: "reading the PRIVATE KEY"},
		"PEM, broken PKCS#1":      {data: pemBlock("RSA PRIVATE KEY", []byte("x")), err: "reading the RSA PRIVATE KEY"},
		"PEM, broken certificate": {data: pemBlock("CERTIFICATE", []byte("x")), err: "reading a certificate"},
		"PEM, public key":         {data: pemBlock("PUBLIC KEY", []byte("x")), err: "it holds a public key, which is no private key"},
		"PEM, certificate alone":  {data: pemBlock("CERTIFICATE", good.Raw), err: "it holds a certificate and no private key"},
		"PEM, two keys":           {data: append(pkcs8PEM, pkcs1PEM...), err: "several private keys"},
		"PEM, encrypted PKCS#1": {
			data: []byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
			err:  "an encrypted key that is not in a PKCS#12 file is not supported",
		},
		"neither": {data: []byte("hello"), err: "it is neither PEM nor DER nor PKCS#12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := mastercard.ParseSigningKey(c.data, c.password, clock)
			if c.err == "" {
				require.NoError(t, err)
				require.Equal(t, signingKey(t).Fingerprint(), got.Fingerprint())
				require.True(t, c.notAfter.Equal(got.NotAfter()))

				return
			}

			require.ErrorContains(t, err, c.err)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
		})
	}
}

// endless is the outside of a PKCS#12 file that would keep a process busy for an hour.
func endless(tb testing.TB) []byte {
	tb.Helper()

	type (
		sequence struct{ Version int }
		macData  struct {
			Mac        sequence
			Salt       []byte
			Iterations int
		}
	)

	data, err := asn1.Marshal(struct {
		Version  int
		AuthSafe sequence
		MacData  macData
	}{Version: 3, MacData: macData{Salt: []byte("salt"), Iterations: 2_000_000_000}})
	require.NoError(tb, err)

	return data
}

// The files as OpenSSL 3 makes them; testdata/keys/generate.sh says how.
func TestLoadSigningKey(t *testing.T) {
	t.Parallel()

	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte("secret\r\nand a second line\n"), 0o600))

	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))

	huge := filepath.Join(t.TempDir(), "huge")
	require.NoError(t, os.WriteFile(huge, make([]byte, 1<<20+1), 0o600))

	for name, c := range map[string]struct {
		file, password string
		err            string
		is             error
	}{
		"OpenSSL 3":               {file: "testdata/keys/openssl3.p12", password: password},
		"OpenSSL 3, legacy":       {file: "testdata/keys/openssl3-legacy.p12", password: password},
		"OpenSSL 3, with a chain": {file: "testdata/keys/openssl3-chain.p12", password: password},
		"without a password":      {file: "testdata/keys/no-password.p12"},
		"EC": {
			file: "testdata/keys/ec.p12", password: password, is: mastercard.ErrNotRSA,
			err: "signing key file testdata/keys/ec.p12: the key is not an RSA key",
		},
		"wrong password": {
			file: "testdata/keys/openssl3.p12", is: mastercard.ErrWrongPassword,
			err: "signing key file testdata/keys/openssl3.p12: the password is wrong",
		},
		"no such file": {
			file: "testdata/keys/none.p12", is: os.ErrNotExist,
			err: "signing key file testdata/keys/none.p12: opening the file",
		},
		"no such password file": {
			file: "testdata/keys/openssl3.p12", password: "none", is: os.ErrNotExist,
			err: "password file none of the signing key",
		},
		"an empty file":    {file: empty, err: "it is empty"},
		"an enormous file": {file: huge, err: "it is larger than"},
		"a folder":         {file: "testdata", err: "signing key file testdata: reading"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			key, err := mastercard.LoadSigningKey(c.file, c.password, clock)
			if c.err == "" {
				require.NoError(t, err)
				require.False(t, key.NotAfter().IsZero())

				return
			}

			require.ErrorContains(t, err, c.err)
			require.NotContains(t, err.Error(), "secret")
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
		})
	}
}

func FuzzParseSigningKey(f *testing.F) {
	key := signingRSA()
	f.Add(pemBlock("PRIVATE KEY", pkcs8(f, key)), "")
	f.Add(append(pemBlock("CERTIFICATE", certificate(f, key, clock.AddDate(1, 0, 0)).Raw),
		pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))...), "")

	for _, name := range []string{"openssl3", "openssl3-legacy", "openssl3-chain", "no-password", "ec"} {
		data, err := os.ReadFile("testdata/keys/" + name + ".p12")
		require.NoError(f, err)
		f.Add(data, "secret")
	}

	f.Fuzz(func(t *testing.T, data []byte, password string) {
		key, err := mastercard.ParseSigningKey(data, password, clock)
		if (key == nil) == (err == nil) {
			t.Fatalf("key %v, error %v", key, err)
		}
	})
}
