package mastercard_test

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

// BenchmarkCall compares a whole call, but for the network, with the cryptography
// that it cannot do without, run in turns so that both meet the same machine.
// "ratio" is that of the medians; it should be at most 1.10.
func BenchmarkCall(b *testing.B) {
	client := newClient(b, through(answering(http.StatusOK, enrolled)))
	request := enrollRequest()
	plain, base := make([]byte, 420), make([]byte, 700)
	sign, encrypt := signingRSA(), &encryptionRSA().PublicKey

	var raw, whole []time.Duration

	b.ReportAllocs()

	for b.Loop() {
		started := time.Now()
		rawCryptography(b, sign, encrypt, plain, base)
		raw = append(raw, time.Since(started))

		started = time.Now()
		answer := client.Enroll(b.Context(), request)
		whole = append(whole, time.Since(started))

		if answer.Verdict != mastercard.Enrolled {
			b.Fatalf("%+v", answer)
		}
	}

	slices.Sort(raw)
	slices.Sort(whole)

	middle := len(raw) / 2
	b.ReportMetric(float64(raw[middle].Nanoseconds())/1e3, "raw-µs/op")
	b.ReportMetric(float64(whole[middle].Nanoseconds())/1e3, "call-µs/op")
	b.ReportMetric(float64(whole[middle])/float64(raw[middle]), "ratio")
}

// rawCryptography signs, wraps a content key and encrypts: nothing else.
func rawCryptography(tb testing.TB, sign *rsa.PrivateKey, encrypt *rsa.PublicKey, plain, base []byte) {
	tb.Helper()

	digest := sha256.Sum256(base)
	_, err := rsa.SignPKCS1v15(nil, sign, crypto.SHA256, digest[:])
	require.NoError(tb, err)

	key, nonce := make([]byte, 16), make([]byte, 12)
	_, _ = rand.Read(key)
	_, _ = rand.Read(nonce)

	_, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, encrypt, key, nil)
	require.NoError(tb, err)

	block, err := aes.NewCipher(key)
	require.NoError(tb, err)

	gcm, err := cipher.NewGCM(block)
	require.NoError(tb, err)
	gcm.Seal(nil, nonce, plain, nil)
}
