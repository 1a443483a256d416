package jws_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"enroll.example/clicktopay/internal/sandbox/jws"
)

// Whatever is read as a token was not signed by a key that has signed nothing.
func FuzzParse(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}

	for _, token := range []string{"", "a.b.c", "e30.e30.", "e30.e30.AA", "bnVsbA.e30.AA", "eyJhbGciOiJFUzI1NiJ9.eyJpYXQiOjF9." +
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		f.Add(token)
	}

	f.Fuzz(func(t *testing.T, compact string) {
		token, err := jws.Parse(compact)
		if err != nil {
			return
		}

		if token.Verify(&key.PublicKey) == nil {
			t.Fatal("it verifies")
		}

		_, _ = jws.Seconds(token.Claims, "iat")
		_, _, _ = jws.PublicKey(token.Header["jwk"])
	})
}
