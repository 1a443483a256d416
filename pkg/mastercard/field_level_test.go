package mastercard_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

// The tests' own decryption opens what another library has encrypted, so that it can judge what the client does.
func TestFieldLevelVectors(t *testing.T) {
	t.Parallel()

	var file struct {
		Plain   string         `json:"plain"`
		Key     string         `json:"key"`
		Vectors []fieldPayload `json:"vectors"`
	}

	require.NoError(t, json.Unmarshal(must(os.ReadFile("testdata/fieldlevel/vectors.json")), &file))

	block, _ := pem.Decode([]byte(file.Key))
	private := must(x509.ParsePKCS8PrivateKey(block.Bytes)).(*rsa.PrivateKey)
	key := must(mastercard.NewEncryptionKey("x", &private.PublicKey, time.Time{}))

	require.Len(t, file.Vectors, 8)

	for _, vector := range file.Vectors {
		name := *vector.AlgorithmCipherMode + " " + *vector.OAEPHashingAlgorithm

		plain, _, _, err := vector.open(private)
		require.NoError(t, err, name)
		require.Equal(t, file.Plain, string(plain), name)
		require.Equal(t, key.Fingerprint(), vector.PublicKeyFingerprint, name)

		spoiled := vector
		spoiled.EncryptedData = spoil(vector.EncryptedData)
		plain, _, _, err = spoiled.open(private)
		require.False(t, err == nil && string(plain) == file.Plain, name)
	}
}

// spoil changes the first digit.
func spoil(text string) string {
	if text[0] == '0' {
		return "1" + text[1:]
	}

	return "0" + text[1:]
}

func TestAccountsAreEncryptedByEachCipherAndHash(t *testing.T) {
	t.Parallel()

	keys, ivs := map[string]bool{}, map[string]bool{}

	for _, cipher := range mastercard.FieldCiphers() {
		for _, oaep := range []mastercard.OAEPHash{mastercard.OAEPSHA256, mastercard.OAEPSHA512} {
			for accounts := range 20 { // of any length, so that each length of padding occurs
				asked := askedOf(t, func(connect *mastercard.TokenConnect) {
					request := pushRequest()
					request.Accounts[0].PushAccountID = strings.Repeat("a", accounts+1)
					require.Equal(t, mastercard.Retry, connect.PushMultipleAccounts(t.Context(), request).Verdict)
				}, func(c *mastercard.TokenConnectConfig) { c.Cipher, c.OAEP = cipher, oaep })

				payload := asked.payload(t)
				plain, key, iv, err := payload.open(encryptionRSA())
				require.NoError(t, err)
				require.JSONEq(t, `[{"pushAccountId":"`+strings.Repeat("a", accounts+1)+`","fundingAccountData":{
					"cardAccountData":{"accountNumber":"5204731600014784","expiryMonth":"12","expiryYear":"29"}}}]`, string(plain))

				require.Equal(t, strings.ToUpper(strings.Split(string(cipher), "-")[2]), *payload.AlgorithmCipherMode)
				require.Equal(t, strings.ToUpper(string(oaep)), *payload.OAEPHashingAlgorithm)
				require.Equal(t, strings.Contains(string(cipher), "256"), len(key) == 32)
				require.Equal(t, encryptionKey(t).Fingerprint(), payload.PublicKeyFingerprint)
				require.Nil(t, payload.AAD)
				require.Equal(t, strings.HasSuffix(string(cipher), "gcm"), payload.Tag != nil)
				require.Len(t, payload.EncryptedKey, 512)

				require.False(t, keys[string(key)], "a key is used once")
				require.False(t, ivs[string(iv)], "an IV is used once")
				keys[string(key)], ivs[string(iv)] = true, true
			}
		}
	}
}

func TestAFingerprintOfOnesOwnIsSent(t *testing.T) {
	t.Parallel()

	own := strings.Repeat("Ab", 32)
	asked := askedOf(t, func(connect *mastercard.TokenConnect) { connect.PushMultipleAccounts(t.Context(), pushRequest()) },
		func(c *mastercard.TokenConnectConfig) { c.Fingerprint = own })

	require.Equal(t, own, asked.payload(t).PublicKeyFingerprint)
}

// What the key of Token Connect lacks halts, and nothing is sent.
func TestWithoutAUsableKeyNothingIsPushed(t *testing.T) {
	t.Parallel()

	large := must(rsa.GenerateKey(rand.Reader, 3072))

	for name, c := range map[string]struct {
		key    mastercard.EncryptionKeys
		reason string
	}{
		"none":          {noEncryptionKey{}, mastercard.ReasonKeyMissing},
		"expired":       {must(mastercard.NewEncryptionKey("x", &encryptionRSA().PublicKey, clock.Add(-time.Hour))), mastercard.ReasonKeyExpired},
		"spoiled":       {spoiledEncryptionKey(), mastercard.ReasonNotEncrypted},
		"of 3,072 bits": {must(mastercard.NewEncryptionKey("x", &large.PublicKey, time.Time{})), mastercard.ReasonNotEncrypted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			connect := newTokenConnect(t, roundTripper(func(*http.Request) (*http.Response, error) {
				panic("sent")
			}), func(config *mastercard.TokenConnectConfig) { config.EncryptionKey = c.key })

			answer := connect.PushMultipleAccounts(t.Context(), pushRequest())
			require.Equal(t, mastercard.Halted, answer.Verdict)
			require.Equal(t, c.reason, answer.Failure.Reason)
			require.False(t, pan.Unchecked(testPAN).In(answer.Failure.Message))
		})
	}
}

type noEncryptionKey struct{}

func (noEncryptionKey) EncryptionKey() *mastercard.EncryptionKey { return nil }
