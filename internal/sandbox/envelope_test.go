package sandbox_test

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

func TestCardsEncryptedOtherwiseAreRefused(t *testing.T) {
	t.Parallel()

	f := setup(t)
	number := sandbox.PAN(0, 1)
	plaintext := marshal(t, cardOf(number))
	right := f.seal(t, plaintext)
	public := &f.keys.decryption.PublicKey
	afterHeader := strings.TrimLeft(right, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

	cases := map[string]string{
		"alg RSA-OAEP with SHA-1": sealWith(t, plaintext, jose.RSA_OAEP, jose.A128GCM, public, kid, nil),
		"alg RSA1_5":              sealWith(t, plaintext, jose.RSA1_5, jose.A128GCM, public, kid, nil),
		"alg dir":                 sealWith(t, plaintext, jose.DIRECT, jose.A128GCM, make([]byte, 16), kid, nil),
		"enc A256GCM":             sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A256GCM, public, kid, nil),
		"enc A128CBC-HS256":       sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A128CBC_HS256, public, kid, nil),
		"enc A256CBC-HS512":       sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A256CBC_HS512, public, kid, nil),
		"an unknown kid":          sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A128GCM, public, kid+"x", nil),
		"an empty kid":            withHeader(t, right, func(h members) { h["kid"] = "" }),
		"a kid that is a number":  withHeader(t, right, func(h members) { h["kid"] = 1 }),
		"another key under a known kid": sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A128GCM,
			&f.keys.stranger.PublicKey, kid, nil),
		"another key without a kid": sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A128GCM, &f.keys.stranger.PublicKey, "", nil),
		"zip":                       withHeader(t, right, func(h members) { h["zip"] = "DEF" }),
		"crit":                      withHeader(t, right, func(h members) { h["crit"] = []string{"exp"} }),
		"another member in the header": withHeader(t, right, func(h members) {
			h["iat"] = 1 // tolerated when sealed, but the header is authenticated
		}),
		"a header that is no object": "W10" + afterHeader,
		"a header that is null":      "bnVsbA" + afterHeader,
		"four parts":                 right[:strings.LastIndex(right, ".")],
		"six parts":                  right + ".AAAA",
		"JSON serialization":         `{"protected":"e30"}`,
		"nothing":                    "",
		"dots":                       "....",
		"a line break":               right[:10] + "\n" + right[10:],
		"padding":                    right + "==",
		"the card in clear":          string(plaintext),
		"text that is no JSON":       f.seal(t, []byte("card 5204")),
		"JSON with more after it":    f.seal(t, append([]byte("{}"), plaintext...)),
	}

	for part := range 5 {
		name := []string{"header", "key", "nonce", "ciphertext", "tag"}[part]
		cases["an altered "+name] = withPart(right, part, func(raw []byte) []byte { raw[len(raw)/2] ^= 1; return raw })
		cases["a shorter "+name] = withPart(right, part, func(raw []byte) []byte { return raw[:len(raw)-1] })
		cases["a longer "+name] = withPart(right, part, func(raw []byte) []byte { return append(raw, 0) })
		cases["no "+name] = withPart(right, part, func([]byte) []byte { return nil })
	}

	for name, token := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := f.do(t, request{body: f.enrollmentOf(t, token)})
			require.Equal(t, 400, got.status, string(got.body))
			require.Equal(t, "INVALID_ARGUMENT/CORRUPT_DATA/encryptedCard", got.reasons(t))
			require.NotContains(t, string(got.body), number)
		})
	}

	t.Cleanup(func() { require.Zero(t, f.sandbox.Ledger().Card(number).Calls) })
}

// The last character of an unpadded part has bits that lenient decoders ignore.
func TestTokensHaveOneForm(t *testing.T) {
	t.Parallel()

	f := setup(t)
	token := f.seal(t, marshal(t, cardOf(sandbox.PAN(0, 1))))
	alphabet := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	same := token[:len(token)-1] + string(alphabet[last^1])

	require.Equal(t, 400, f.do(t, request{body: f.enrollmentOf(t, same)}).status)
	f.do(t, request{body: f.enrollmentOf(t, token)}).enrolled(t)
}

func TestCardsEncryptedInOtherWaysThatAreAllowed(t *testing.T) {
	t.Parallel()

	f := setup(t, func(o *sandbox.Options) {
		o.AcceptA256GCM = true
		o.DecryptionKeys = map[string]*rsa.PrivateKey{kid: o.DecryptionKeys[kid], "older": sharedKeys().stranger}
	})
	plaintext := marshal(t, cardOf(sandbox.PAN(0, 1)))
	public := &f.keys.decryption.PublicKey

	for name, token := range map[string]string{
		"A256GCM when allowed":  sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A256GCM, public, kid, nil),
		"no kid":                sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A128GCM, public, "", nil),
		"no kid, the other key": sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A128GCM, &f.keys.stranger.PublicKey, "", nil),
		"the other key":         sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A128GCM, &f.keys.stranger.PublicKey, "older", nil),
		"other header members": sealWith(t, plaintext, jose.RSA_OAEP_256, jose.A128GCM, public, kid,
			map[jose.HeaderKey]any{"iat": 1, "typ": "JOSE"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f.do(t, request{body: f.enrollmentOf(t, token)}).enrolled(t)
		})
	}

	t.Cleanup(func() { require.Contains(t, f.log.String(), "an encrypted card names no key") })
}

func TestCardsThatAreWrong(t *testing.T) {
	t.Parallel()

	f := setup(t)
	number := sandbox.PAN(0, 1)

	for name, c := range map[string]struct {
		change members
		want   string
	}{
		"a wrong check digit":       {members{"primaryAccountNumber": "5204731600014780"}, "INVALID_STATE/INVALID_PAN/Card"},
		"a year that has passed":    {members{"panExpirationYear": "2025"}, "INVALID_ARGUMENT/INVALID_VALUE/Request body"},
		"a month that has passed":   {members{"panExpirationYear": "2026", "panExpirationMonth": "10"}, "INVALID_ARGUMENT/INVALID_VALUE/Request body"},
		"the thirteenth month":      {members{"panExpirationMonth": "13"}, "INVALID_ARGUMENT/INVALID_VALUE/Request body"},
		"a number that is a number": {members{"primaryAccountNumber": 5204731600014784}, "INVALID_ARGUMENT/INVALID_FORMAT/Request body"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			card := cardOf(number)
			maps.Copy(card, c.change)

			got := f.do(t, request{body: f.enrollment(t, card)})
			require.Equal(t, 400, got.status)
			require.Equal(t, c.want, got.reasons(t))
		})
	}

	last := cardOf(number)
	last["panExpirationYear"], last["panExpirationMonth"] = "2026", "11"
	f.do(t, request{body: f.enrollment(t, last)}).enrolled(t)
}

func withPart(token string, part int, change func([]byte) []byte) string {
	parts := strings.Split(token, ".")
	raw, _ := base64.RawURLEncoding.DecodeString(parts[part])
	parts[part] = base64.RawURLEncoding.EncodeToString(change(raw))

	return strings.Join(parts, ".")
}

func withHeader(t *testing.T, token string, change func(members)) string {
	t.Helper()

	return withPart(token, 0, func(raw []byte) []byte {
		var header members
		require.NoError(t, json.Unmarshal(raw, &header))
		change(header)

		return marshal(t, header)
	})
}
