package mastercard_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

func spki(tb testing.TB, key any) []byte {
	tb.Helper()

	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(tb, err)

	return der
}

func TestLoadEncryptionKey(t *testing.T) {
	t.Parallel()

	private := encryptionRSA()
	public := &private.PublicKey
	good := certificate(t, private, clock.AddDate(1, 0, 0))
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		data []byte
		kid  string
		err  string
		is   error
	}{
		"public key, PKIX":    {data: pemBlock("PUBLIC KEY", spki(t, public))},
		"public key, PKCS#1":  {data: pemBlock("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(public))},
		"certificate, PEM":    {data: pemBlock("CERTIFICATE", good.Raw)},
		"certificate, DER":    {data: good.Raw},
		"no kid":              {data: pemBlock("PUBLIC KEY", spki(t, public)), kid: "-", err: "the kid"},
		"a kid with a quote":  {data: pemBlock("PUBLIC KEY", spki(t, public)), kid: `x"y`, err: "cannot be one"},
		"a private key":       {data: pemBlock("PRIVATE KEY", pkcs8(t, private)), err: "a private key: the API encrypts for Mastercard"},
		"another kind of PEM": {data: pemBlock("X", nil), err: `a PEM block "X"`},
		"no key":              {data: []byte("hello"), err: "it is neither PEM nor DER"},
		"an EC key":           {data: pemBlock("PUBLIC KEY", spki(t, &ec.PublicKey)), is: mastercard.ErrNotRSA, err: "but an EC public key: encrypting"},
		"RSA-1024":            {data: pemBlock("PUBLIC KEY", spki(t, &smallRSA(t).PublicKey)), is: mastercard.ErrWeakKey, err: "1024"},
		"an expired certificate": {
			data: certificate(t, private, clock.AddDate(0, 0, -1)).Raw, is: mastercard.ErrKeyExpired,
			err: "the certificate has expired (on 2026-11-22T12:00:00Z): fetch the current key",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			file := filepath.Join(t.TempDir(), "key")
			require.NoError(t, os.WriteFile(file, c.data, 0o600))

			id := kid
			if c.kid != "" {
				id = strings.TrimPrefix(c.kid, "-")
			}

			key, err := mastercard.LoadEncryptionKey(file, id, clock)
			if c.err == "" {
				require.NoError(t, err)
				require.Equal(t, kid, key.KID())
				require.Equal(t, encryptionKey(t).Fingerprint(), key.Fingerprint())
				require.Contains(t, key.String(), kid)

				return
			}

			require.ErrorContains(t, err, c.err)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			} else if c.kid == "" {
				require.ErrorContains(t, err, file)
			}
		})
	}
}

func jwk(tb testing.TB, key any, id, use string) json.RawMessage {
	tb.Helper()

	encoded, err := jose.JSONWebKey{Key: key, KeyID: id, Use: use, Algorithm: "RSA-OAEP-256"}.MarshalJSON()
	require.NoError(tb, err)

	return encoded
}

func keySet(keys ...json.RawMessage) []byte {
	parts := make([]string, len(keys))
	for i, key := range keys {
		parts[i] = string(key)
	}

	return []byte(`{"keys":[` + strings.Join(parts, ",") + `]}`)
}

func TestParseJWKS(t *testing.T) {
	t.Parallel()

	const (
		older = "20220101000000-sandbox-fpan-encryption-src-mastercard-int"
		sig   = "20230207164613-sandbox-payload-verification-src-mastercard-int"
		old   = "149123-src-fpan-encryption"
	)

	wanted, other := &encryptionRSA().PublicKey, &signingRSA().PublicKey
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		set []byte
		pin string
		kid string
		err string
	}{
		"the only one": {set: keySet(jwk(t, wanted, kid, "enc")), kid: kid},
		"among others": {
			set: keySet(jwk(t, other, sig, "sig"), jwk(t, &ec.PublicKey, kid, "enc"), json.RawMessage(`17`),
				json.RawMessage(`{"kty":"new"}`), jwk(t, wanted, kid, "enc")),
			kid: kid,
		},
		"the newer of two":         {set: keySet(jwk(t, wanted, kid, "enc"), jwk(t, other, older, "enc")), kid: kid},
		"the newer of two, last":   {set: keySet(jwk(t, other, older, "enc"), jwk(t, wanted, kid, "enc")), kid: kid},
		"the older one, pinned":    {set: keySet(jwk(t, other, kid, "enc"), jwk(t, wanted, older, "enc")), pin: older, kid: older},
		"pinned, of any name":      {set: keySet(jwk(t, wanted, "mine", "enc"), jwk(t, other, kid, "enc")), pin: "mine", kid: "mine"},
		"pinned, without a use":    {set: keySet(jwk(t, wanted, "mine", "")), pin: "mine", kid: "mine"},
		"of the older naming":      {set: keySet(jwk(t, wanted, old, "enc")), kid: old},
		"pinned, for signatures":   {set: keySet(jwk(t, wanted, sig, "sig")), pin: sig, err: `use "sig", expected RSA and enc`},
		"pinned, and gone":         {set: keySet(jwk(t, wanted, kid, "enc")), pin: "gone", err: `no key has the pinned kid "gone" among its 1: "` + kid},
		"no date tells the newer":  {set: keySet(jwk(t, wanted, old, "enc"), jwk(t, other, kid, "enc")), err: "pin one kid"},
		"the same kid twice":       {set: keySet(jwk(t, wanted, kid, "enc"), jwk(t, other, kid, "enc")), err: "pin one kid"},
		"none for card data":       {set: keySet(jwk(t, wanted, sig, "sig")), err: `no key has kty "RSA", use "enc"`},
		"for signatures by use":    {set: keySet(jwk(t, wanted, kid, "sig")), err: "no key has"},
		"an empty set":             {set: keySet(), err: "it holds none"},
		"no set":                   {set: []byte(`[]`), err: "not a JSON Web Key Set"},
		"no JSON":                  {set: []byte(`<html>`), err: "not a JSON Web Key Set"},
		"a broken modulus":         {set: keySet(json.RawMessage(`{"kty":"RSA","use":"enc","kid":"` + kid + `","n":"!","e":"AQAB"}`)), err: "key set: key"},
		"a modulus of zero":        {set: keySet(json.RawMessage(`{"kty":"RSA","use":"enc","kid":"` + kid + `","n":"AA","e":"AQAB"}`)), err: "fewer than 2048"},
		"RSA-1024":                 {set: keySet(jwk(t, &smallRSA(t).PublicKey, kid, "enc")), err: "it has 1024"},
		"a private key, of course": {set: keySet(jwk(t, encryptionRSA(), kid, "enc")), err: "is an RSA private key; encrypting needs an RSA public key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			file := filepath.Join(t.TempDir(), "keys.json")
			require.NoError(t, os.WriteFile(file, c.set, 0o600))

			key, err := mastercard.LoadJWKS(file, c.pin)
			if c.err == "" {
				require.NoError(t, err)
				require.Equal(t, c.kid, key.KID())
				require.Equal(t, encryptionKey(t).Fingerprint(), key.Fingerprint())

				return
			}

			require.ErrorContains(t, err, c.err)
			require.ErrorContains(t, err, file)
		})
	}
}

func TestFetchJWKS(t *testing.T) {
	t.Parallel()

	handler := http.NewServeMux()
	handler.HandleFunc("/keys", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write(keySet(jwk(t, &encryptionRSA().PublicKey, kid, "enc")))
	})
	handler.Handle("/moved", http.RedirectHandler("/keys", http.StatusFound))
	handler.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	handler.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})

	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)

	key, err := mastercard.FetchJWKS(t.Context(), nil, server.URL+"/keys", "")
	require.NoError(t, err)
	require.Equal(t, kid, key.KID())

	for address, want := range map[string]string{
		server.URL + "/keys?x":       "",
		server.URL + "/moved":        "answered HTTP 302",
		server.URL + "/none":         "answered HTTP 404",
		server.URL + "/endless":      "larger than 1048576 bytes",
		server.URL + "/empty":        "it is empty",
		"http://keys.example/keys":   "is not https",
		"ftp://keys.example/keys":    "is not https",
		"https://a:b@keys.example/k": "holds a user name or password",
		"https://a:1/b@keys.example": "holds a user name or password",
		"keys":                       "is not a URL",
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()

			_, err := mastercard.FetchJWKS(t.Context(), nil, address, "")
			if want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, want)
			}
		})
	}

	t.Run("the caller gives up", func(t *testing.T) {
		t.Parallel()

		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		_, err := mastercard.FetchJWKS(ctx, nil, server.URL+"/keys", "")
		require.ErrorIs(t, err, context.Canceled)
	})
}

func FuzzParseJWKS(f *testing.F) {
	set := keySet(jwk(f, &encryptionRSA().PublicKey, kid, "enc"), jwk(f, &signingRSA().PublicKey, "x", "sig"))
	f.Add(set, "")
	f.Add(set, "x")
	f.Add([]byte(`{"keys":[{"kty":"RSA","use":"enc","kid":"fpan-encryption","n":"AQAB","e":"AQAB","x5c":[""]}]}`), "")

	f.Fuzz(func(t *testing.T, data []byte, pin string) {
		key, err := mastercard.ParseJWKS(data, pin)
		if (key == nil) == (err == nil) {
			t.Fatalf("key %v, error %v", key, err)
		}
	})
}
