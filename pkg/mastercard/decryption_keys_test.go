package mastercard_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

const secret = `{"primaryAccountNumber":"` + testPAN + `"}`

// decryptionKeys holds two keys, "one" and "two".
func decryptionKeys(tb testing.TB) *mastercard.DecryptionKeys {
	tb.Helper()

	two, err := mastercard.NewSigningKey(encryptionRSA(), time.Time{})
	require.NoError(tb, err)

	ring, err := mastercard.NewDecryptionKeys(map[string]*mastercard.SigningKey{"one": signingKey(tb), "two": two})
	require.NoError(tb, err)

	return ring
}

// sealed is a token of go-jose's.
func sealed(tb testing.TB, key *rsa.PrivateKey, id string, alg jose.KeyAlgorithm, enc jose.ContentEncryption) string {
	tb.Helper()

	encrypter, err := jose.NewEncrypter(enc, jose.Recipient{Algorithm: alg, Key: &key.PublicKey, KeyID: id}, nil)
	require.NoError(tb, err)

	token, err := encrypter.Encrypt([]byte(secret))
	require.NoError(tb, err)

	text, err := token.CompactSerialize()
	require.NoError(tb, err)

	return text
}

// handmade is a token with any header and length of nonce.
func handmade(tb testing.TB, key *rsa.PrivateKey, header string, nonceSize int) string {
	tb.Helper()

	contentKey, nonce := make([]byte, 16), make([]byte, nonceSize)
	_, _ = rand.Read(contentKey)
	_, _ = rand.Read(nonce)

	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &key.PublicKey, contentKey, nil)
	require.NoError(tb, err)
	block, err := aes.NewCipher(contentKey)
	require.NoError(tb, err)
	gcm, err := cipher.NewGCMWithNonceSize(block, nonceSize)
	require.NoError(tb, err)

	encode := base64.RawURLEncoding.EncodeToString
	first := encode([]byte(header))
	content := gcm.Seal(nil, nonce, []byte(secret), []byte(first))

	return strings.Join([]string{
		first, encode(wrapped), encode(nonce), encode(content[:len(secret)]), encode(content[len(secret):]),
	}, ".")
}

func TestDecryptionKeysOpen(t *testing.T) {
	t.Parallel()

	one, two := signingRSA(), encryptionRSA()

	for name, token := range map[string]string{
		"A128GCM":             sealed(t, one, "one", jose.RSA_OAEP_256, jose.A128GCM),
		"A192GCM":             sealed(t, one, "one", jose.RSA_OAEP_256, jose.A192GCM),
		"A256GCM":             sealed(t, two, "two", jose.RSA_OAEP_256, jose.A256GCM),
		"no kid":              sealed(t, two, "", jose.RSA_OAEP_256, jose.A128GCM),
		"keyId for kid":       handmade(t, two, `{"keyId":"two","iat":"1614943856","alg":"RSA-OAEP-256","enc":"A128GCM"}`, 12),
		"a nonce of 16 bytes": handmade(t, one, `{"kid":"one","alg":"RSA-OAEP-256","enc":"A128GCM"}`, 16),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			content, err := decryptionKeys(t).Open(token)
			require.NoError(t, err)
			require.JSONEq(t, secret, string(content))
		})
	}
}

func TestDecryptionKeysRefuse(t *testing.T) {
	t.Parallel()

	one, two := signingRSA(), encryptionRSA()
	good := sealed(t, one, "one", jose.RSA_OAEP_256, jose.A128GCM)
	parts := strings.Split(good, ".")
	with := func(part int, text string) string {
		changed := append([]string{}, parts...)
		changed[part] = text

		return strings.Join(changed, ".")
	}
	flipped := func(part int) string {
		raw, err := base64.RawURLEncoding.DecodeString(parts[part])
		require.NoError(t, err)
		raw[len(raw)/2] ^= 1

		return with(part, base64.RawURLEncoding.EncodeToString(raw))
	}
	encode := base64.RawURLEncoding.EncodeToString

	for name, c := range map[string]struct{ token, err string }{
		"nothing":                  {"", "not a JWE"},
		"four parts":               {strings.Join(parts[:4], "."), "not a JWE"},
		"an empty part":            {with(3, ""), "not a JWE"},
		"an enormous token":        {with(3, strings.Repeat("A", 256<<10)), "not a JWE"},
		"a header that is no JSON": {with(0, encode([]byte("hello"))), "header is not JSON"},
		"a part cut short":         {with(3, "A"), "part 4 of the JWE is not base64url"},
		"another header":           {with(0, encode([]byte(`{"kid":"one","alg":"RSA-OAEP-256","enc":"A128GCM","x":1}`))), "it was altered"},
		"another wrapped key":      {flipped(1), "it is for another key"},
		"another nonce":            {flipped(2), "it was altered"},
		"another content":          {flipped(3), "it was altered"},
		"another tag":              {flipped(4), "it was altered"},
		"a nonce of 8 bytes":       {with(2, encode(make([]byte, 8))), "a nonce of 8 bytes"},
		"a short tag":              {with(4, encode(make([]byte, 12))), "a tag of 12"},
		"CBC":                      {sealed(t, one, "one", jose.RSA_OAEP_256, jose.A128CBC_HS256), `enc "A128CBC-HS256"`},
		"OAEP with SHA-1":          {sealed(t, one, "one", jose.RSA_OAEP, jose.A128GCM), `alg "RSA-OAEP"`},
		"direct encryption":        {handmade(t, one, `{"kid":"one","alg":"dir","enc":"A128GCM"}`, 12), `alg "dir"`},
		"a content key of another length": {
			handmade(t, one, `{"kid":"one","alg":"RSA-OAEP-256","enc":"A256GCM"}`, 12), "it is for another key",
		},
		"crit":                 {handmade(t, one, `{"kid":"one","alg":"RSA-OAEP-256","enc":"A128GCM","crit":["x"]}`, 12), "crit or zip"},
		"zip":                  {handmade(t, one, `{"kid":"one","alg":"RSA-OAEP-256","enc":"A128GCM","zip":"DEF"}`, 12), "crit or zip"},
		"a kid of a number":    {handmade(t, one, `{"kid":1,"alg":"RSA-OAEP-256","enc":"A128GCM"}`, 12), "header is not JSON of the expected types"},
		"a kid not known":      {sealed(t, one, "three", jose.RSA_OAEP_256, jose.A128GCM), `there is no key "three", only one, two`},
		"another key's kid":    {sealed(t, two, "one", jose.RSA_OAEP_256, jose.A128GCM), "it is for another key"},
		"no kid, no key of it": {sealed(t, newRSA(), "", jose.RSA_OAEP_256, jose.A128GCM), "it is for another key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			content, err := decryptionKeys(t).Open(c.token)
			require.ErrorIs(t, err, mastercard.ErrNotOpened)
			require.ErrorContains(t, err, c.err)
			require.Nil(t, content)
			require.NotContains(t, err.Error(), testPAN)
		})
	}
}

func TestNewDecryptionKeys(t *testing.T) {
	t.Parallel()

	for _, keys := range []map[string]*mastercard.SigningKey{{}, {"one": nil}, {"": signingKey(t)}, {"one": {}}} {
		_, err := mastercard.NewDecryptionKeys(keys)
		require.ErrorContains(t, err, "decryption keys")
	}
}

func TestPushAccountDataStaysEncrypted(t *testing.T) {
	t.Parallel()

	token := sealed(t, signingRSA(), "one", jose.RSA_OAEP_256, jose.A128GCM)
	body := strings.Replace(enrolled, "{", `{"encryptedPushAccountData":"`+token+`",`, 1)
	answer := newClient(t, through(answering(200, body))).Enroll(t.Context(), enrollRequest())
	require.Equal(t, token, answer.PushAccountData)

	content, err := decryptionKeys(t).Open(answer.PushAccountData)
	require.NoError(t, err)
	require.JSONEq(t, secret, string(content))

	clear := strings.Replace(enrolled, "{", `{"encryptedPushAccountData":"{\"primaryAccountNumber\":\"`+testPAN+`\"}",`, 1)
	answer = newClient(t, through(answering(200, clear))).Enroll(t.Context(), enrollRequest())
	require.Equal(t, mastercard.Enrolled, answer.Verdict)
	require.Empty(t, answer.PushAccountData)
}

func TestKeysDescribeThemselves(t *testing.T) {
	t.Parallel()

	signing, encryption := signingKey(t), encryptionKey(t)

	require.Equal(t, mastercard.KeyInfo{Purpose: "signing", Bits: 2048, Fingerprint: signing.Fingerprint()}, signing.Info())
	require.Equal(t, mastercard.KeyInfo{
		Purpose: "encryption", KID: kid, Bits: 2048, Fingerprint: encryption.Fingerprint(),
	}, encryption.Info())
	require.Equal(t, []mastercard.KeyInfo{
		{Purpose: "decryption", KID: "one", Bits: 2048, Fingerprint: signing.Fingerprint()},
		{Purpose: "decryption", KID: "two", Bits: 2048, Fingerprint: encryption.Fingerprint()},
	}, decryptionKeys(t).Info())
}

func FuzzDecryptionKeysOpen(f *testing.F) {
	f.Add(sealed(f, signingRSA(), "one", jose.RSA_OAEP_256, jose.A128GCM))
	f.Add(handmade(f, encryptionRSA(), `{"keyId":"two","alg":"RSA-OAEP-256","enc":"A128GCM"}`, 16))

	ring := decryptionKeys(f)
	f.Fuzz(func(t *testing.T, token string) {
		content, err := ring.Open(token)
		if err == nil && string(content) != secret || err != nil && content != nil {
			t.Fatalf("content %q, error %v", content, err)
		}
	})
}
