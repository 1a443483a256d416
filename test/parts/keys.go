// Package parts has the parts that tests of a worker put together: keys, a payload, a worker that runs, and what is
// left when it has. Each package's tests keep what is particular to them.
package parts

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// RSAKey makes a key that signs requests or opens cards. It takes a while.
func RSAKey(tb testing.TB) *rsa.PrivateKey {
	tb.Helper()

	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(tb, err)

	return key
}

// IntakeKey makes a key that opens jobs.
func IntakeKey(tb testing.TB) jobs.IntakeKey {
	tb.Helper()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	kid, err := jobs.Kid(&key.PublicKey)
	require.NoError(tb, err)

	return jobs.IntakeKey{Kid: kid, Key: key}
}

// Ring holds one intake key or several, the current one first.
func Ring(tb testing.TB, keys ...jobs.IntakeKey) *jobs.KeyRing {
	tb.Helper()

	ring, err := jobs.NewKeyRing(keys...)
	require.NoError(tb, err)

	return ring
}

// HMACKey makes a key of the keyed hashes.
func HMACKey(tb testing.TB) enroll.HMACKey {
	tb.Helper()

	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	key, err := enroll.NewHMACKey(secret)
	require.NoError(tb, err)

	return key
}

// Payload is a good one for a card.
func Payload(number string) jobs.Payload {
	return jobs.Payload{
		Card:     jobs.Card{PrimaryAccountNumber: pan.Unchecked(number), PanExpirationMonth: "12", PanExpirationYear: "2099"},
		Consumer: jobs.Consumer{EmailAddress: "ana@example.com", FirstName: "Ana", LastName: "Sample"},
	}
}
