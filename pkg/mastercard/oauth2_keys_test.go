package mastercard_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"enroll.example/clicktopay/pkg/mastercard"
)

// A key for OAuth 2.0 may be of EC, and in a JWK.
func TestKeysForOAuth2(t *testing.T) {
	t.Parallel()

	ec := signingEC()
	sec1 := must(x509.MarshalECPrivateKey(ec))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: clock.Add(time.Hour)}
	certificate := must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, ec.Public(), ec))))
	p12 := must(pkcs12.Modern.Encode(ec, certificate, nil, "secret"))
	_, other, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)

	jwk := func(key any) []byte { return must(json.Marshal(jose.JSONWebKey{Key: key, KeyID: "any"})) }
	set := func(keys ...any) []byte {
		var all jose.JSONWebKeySet
		for _, key := range keys {
			all.Keys = append(all.Keys, jose.JSONWebKey{Key: key, KeyID: "any"})
		}

		return must(json.Marshal(all))
	}

	wantEC := must(mastercard.NewECSigningKey(ec, clock)).Fingerprint()
	wantRSA := signingKey(t).Fingerprint()

	for name, c := range map[string]struct {
		data []byte
		want string
		err  string
	}{
		"PEM of RSA":              {data: pkcs1(signingRSA()), want: wantRSA},
		"PEM of EC":               {data: pemBlock("EC PRIVATE KEY", sec1), want: wantEC},
		"PKCS#8 of EC":            {data: pemBlock("PRIVATE KEY", pkcs8(t, ec)), want: wantEC},
		"PKCS#12 of EC":           {data: p12, want: wantEC},
		"JWK of EC":               {data: jwk(ec), want: wantEC},
		"JWK of RSA":              {data: jwk(signingRSA()), want: wantRSA},
		"a JWK behind blanks":     {data: append([]byte("\n  "), jwk(ec)...), want: wantEC},
		"a set of one":            {data: set(ec), want: wantEC},
		"a set with a public key": {data: set(ec, ec.Public()), want: wantEC},
		"a set of two":            {data: set(ec, signingRSA()), err: "several private keys"},
		"a set of none":           {data: []byte(`{"keys":[]}`), err: "it is empty"},
		"a public JWK":            {data: jwk(ec.Public()), err: "it is a public key"},
		"JSON":                    {data: []byte(`{"a":1}`), err: "it is not a JWK"},
		"no JSON":                 {data: []byte(`{"a`), err: "it is not JSON"},
		"P-384":                   {data: jwk(must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))), err: "P-256"},
		"Ed25519":                 {data: jwk(other), err: "an Ed25519 private key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			key, err := mastercard.ParseSigningKey(c.data, "secret", clock, mastercard.ForOAuth2())
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}

			require.NoError(t, err)
			require.Equal(t, c.want, key.Fingerprint())
			require.NotContains(t, printed(t, key), new(big.Int).SetBytes(must(ec.Bytes())).String())
		})
	}
}
