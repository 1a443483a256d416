package jobs_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

func TestASealOpensToWhatWasSealed(t *testing.T) {
	t.Parallel()

	old, current := newKey(t), newKey(t)
	ring, err := jobs.NewKeyRing(current, old)
	require.NoError(t, err)

	for _, key := range []jobs.IntakeKey{old, current} {
		job := sealedJob(t, newSealer(t, key), "a")
		require.NotContains(t, fmt.Sprintf("%+v", job), testPAN)

		payload, problem := ring.Open(job.Sealed, today())
		require.Nil(t, problem)
		require.Equal(t, goodPayload(), payload)
	}
}

// Two seals of the same payload have nothing in common that is not in every seal.
func TestEachSealHasAKeyOfItsOwn(t *testing.T) {
	t.Parallel()

	const seals = 100

	sealer := newSealer(t, newKey(t))
	points, nonces := map[string]bool{}, map[string]bool{}

	for range seals {
		sealed := sealedJob(t, sealer, "a").Sealed

		object, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{jose.A256GCM})
		require.NoError(t, err)
		require.Equal(t, sealer.Kid(), object.Header.KeyID)
		require.Equal(t, "application/json", object.Header.ExtraHeaders["cty"])

		parts := strings.Split(sealed, ".")
		points[parts[0]], nonces[parts[2]] = true, true
	}

	require.Len(t, points, seals)
	require.Len(t, nonces, seals)
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()

	key := newKey(t)
	ring, err := jobs.NewKeyRing(key)
	require.NoError(t, err)

	good := strings.Split(sealedJob(t, newSealer(t, key), "a").Sealed, ".")
	altered := func(part int) string {
		parts := append([]string(nil), good...)
		parts[part] = flip(parts[part])

		return strings.Join(parts, ".")
	}

	for name, c := range map[string]struct{ sealed, reason string }{
		"nothing":                {"", "BROKEN_SEAL"},
		"four parts":             {strings.Join(good[:4], "."), "BROKEN_SEAL"},
		"an altered header":      {altered(0), "BROKEN_SEAL"},
		"an altered nonce":       {altered(2), "BROKEN_SEAL"},
		"an altered text":        {altered(3), "BROKEN_SEAL"},
		"an altered tag":         {altered(4), "BROKEN_SEAL"},
		"an unknown key":         {sealedJob(t, newSealer(t, newKey(t)), "a").Sealed, "UNKNOWN_KID"},
		"another algorithm":      {sealRaw(t, key, jose.ECDH_ES_A128KW, jose.A256GCM, "{}"), "BROKEN_SEAL"},
		"another encryption":     {sealRaw(t, key, jose.ECDH_ES, jose.A128CBC_HS256, "{}"), "BROKEN_SEAL"},
		"no JSON inside":         {sealRaw(t, key, jose.ECDH_ES, jose.A256GCM, "hello"), "NOT_JSON"},
		"an empty payload":       {sealRaw(t, key, jose.ECDH_ES, jose.A256GCM, "{}"), "INVALID_FIELD"},
		"a security code inside": {sealRaw(t, key, jose.ECDH_ES, jose.A256GCM, withMember(`"cardSecurityCode":"123"`)), "SECURITY_CODE"},
		"a security code behind an unknown member": {
			sealRaw(t, key, jose.ECDH_ES, jose.A256GCM, withMember(`"a":1,"cvc":"123","nickname":"x"`)), "SECURITY_CODE",
		},
		"a security code beside no card": {sealRaw(t, key, jose.ECDH_ES, jose.A256GCM, `{"holder":[{"CVV2":"123"}]}`), "SECURITY_CODE"},
		"a PIN inside":                   {sealRaw(t, key, jose.ECDH_ES, jose.A256GCM, withMember(`"pin_block":"x"`)), "SECURITY_CODE"},
		"a magnetic stripe inside":       {sealRaw(t, key, jose.ECDH_ES, jose.A256GCM, withMember(`"track2":"x"`)), "SECURITY_CODE"},
		"an unknown member inside":       {sealRaw(t, key, jose.ECDH_ES, jose.A256GCM, withMember(`"nickname":"x"`)), "INVALID_FIELD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, problem := ring.Open(c.sealed, today())
			require.NotNil(t, problem)
			require.Equal(t, c.reason, string(problem.Reason), problem)
			require.NotContains(t, problem.Error(), testPAN)
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		change        func(*jobs.Payload)
		reason, field string
	}{
		"a good payload":             {func(*jobs.Payload) {}, "", ""},
		"a wrong check digit":        {func(p *jobs.Payload) { p.Card.PrimaryAccountNumber = pan.Unchecked("5204731600014785") }, "INVALID_PAN", "card.primaryAccountNumber"},
		"a PAN of fifteen":           {func(p *jobs.Payload) { p.Card.PrimaryAccountNumber = pan.Unchecked("520473160001478") }, "INVALID_FIELD", "card.primaryAccountNumber"},
		"no PAN":                     {func(p *jobs.Payload) { p.Card.PrimaryAccountNumber = pan.Number{} }, "INVALID_FIELD", "card.primaryAccountNumber"},
		"month 13":                   {func(p *jobs.Payload) { p.Card.PanExpirationMonth = "13" }, "INVALID_FIELD", "card.panExpirationMonth"},
		"a year of two digits":       {func(p *jobs.Payload) { p.Card.PanExpirationYear = "29" }, "INVALID_FIELD", "card.panExpirationYear"},
		"expired last month":         {func(p *jobs.Payload) { p.Card.PanExpirationYear, p.Card.PanExpirationMonth = "2026", "05" }, "EXPIRED_CARD", "card.panExpirationYear"},
		"expires this month":         {func(p *jobs.Payload) { p.Card.PanExpirationYear, p.Card.PanExpirationMonth = "2026", "06" }, "", ""},
		"no email":                   {func(p *jobs.Payload) { p.Consumer.EmailAddress = "" }, "INVALID_FIELD", "consumer.emailAddress"},
		"an email without at":        {func(p *jobs.Payload) { p.Consumer.EmailAddress = "ana.example.com" }, "INVALID_FIELD", "consumer.emailAddress"},
		"a phone with plus":          {func(p *jobs.Payload) { p.Consumer.MobileNumber.CountryCode = "+1" }, "INVALID_FIELD", "consumer.mobileNumber.countryCode"},
		"a country in small letters": {func(p *jobs.Payload) { p.Card.BillingAddress.CountryCode = "us" }, "INVALID_FIELD", "card.billingAddress.countryCode"},
		"a name with a line break":   {func(p *jobs.Payload) { p.Consumer.FirstName = "A\nna" }, "INVALID_FIELD", "consumer.firstName"},
		"a name of 257":              {func(p *jobs.Payload) { p.Consumer.LastName = strings.Repeat("x", 257) }, "INVALID_FIELD", "consumer.lastName"},
		"a name of 256 runes":        {func(p *jobs.Payload) { p.Consumer.LastName = strings.Repeat("ж", 256) }, "", ""},
		"a policy without https":     {func(p *jobs.Payload) { p.Compliance.Tnc.LatestVersionURI = "http://x" }, "INVALID_FIELD", "compliance.tnc.latestVersionUri"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			payload := goodPayload()
			c.change(&payload)

			problem := payload.Validate(today())
			if c.reason == "" {
				require.Nil(t, problem)
				return
			}

			require.NotNil(t, problem)
			require.Equal(t, c.reason, string(problem.Reason), problem)
			require.Equal(t, c.field, problem.Field, problem)
		})
	}
}

func TestACardIsGoodUntilItsMonthHasEndedEverywhere(t *testing.T) {
	t.Parallel()

	payload := goodPayload()
	payload.Card.PanExpirationMonth, payload.Card.PanExpirationYear = "12", "2026"
	end := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	require.Nil(t, payload.Validate(end.Add(-time.Second)))
	require.NotNil(t, payload.Validate(end))
}

func TestAPayloadDoesNotPrint(t *testing.T) {
	t.Parallel()

	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		text := fmt.Sprintf(verb, goodPayload()) + fmt.Sprintf(verb, []any{goodPayload().Card})
		require.NotContains(t, text, testPAN)
	}

	require.NotContains(t, fmt.Sprint(goodPayload()), "ana@example.com")
}

func FuzzOpen(f *testing.F) {
	// The processes that fuzz side by side have to have the same key.
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{1}, 32))
	require.NoError(f, err)
	kid, err := jobs.Kid(&private.PublicKey)
	require.NoError(f, err)

	key := jobs.IntakeKey{Kid: kid, Key: private}
	ring, err := jobs.NewKeyRing(key)
	require.NoError(f, err)
	f.Add(sealedJob(f, newSealer(f, key), "a").Sealed)
	f.Add(sealRaw(f, key, jose.ECDH_ES, jose.A256GCM, withMember(`"x":1`)))
	f.Fuzz(func(_ *testing.T, sealed string) { _, _ = ring.Open(sealed, today()) })
}

func BenchmarkSealAndOpen(b *testing.B) {
	key := newKey(b)
	ring, err := jobs.NewKeyRing(key)
	require.NoError(b, err)

	sealer := newSealer(b, key)

	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			sealedJob(b, sealer, "a")
		}
	})

	sealed := sealedJob(b, sealer, "a").Sealed

	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if _, problem := ring.Open(sealed, today()); problem != nil {
				b.Fatal(problem)
			}
		}
	})
}

func sealRaw(tb testing.TB, key jobs.IntakeKey, alg jose.KeyAlgorithm, enc jose.ContentEncryption, clear string) string {
	tb.Helper()

	encrypter, err := jose.NewEncrypter(enc, jose.Recipient{Algorithm: alg, Key: &key.Key.PublicKey, KeyID: key.Kid}, nil)
	require.NoError(tb, err)
	object, err := encrypter.Encrypt([]byte(clear))
	require.NoError(tb, err)
	sealed, err := object.CompactSerialize()
	require.NoError(tb, err)

	return sealed
}

// withMember is a good payload with one more member in its card.
func withMember(member string) string {
	return strings.Replace(string(goodPayload().Reveal()), `"card":{`, `"card":{`+member+`,`, 1)
}

// flip changes one character in the middle of a base64url text.
func flip(s string) string {
	b := []byte(s)
	if b[len(b)/2] == 'A' {
		b[len(b)/2] = 'B'
	} else {
		b[len(b)/2] = 'A'
	}

	return string(b)
}
