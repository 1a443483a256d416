package jobs_test

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func TestSensitiveNames(t *testing.T) {
	t.Parallel()

	for what, names := range map[string][]string{
		"security code": {
			"cvc", "CVC2", "cvv1", "icvv", "card.cvc", "cardCvc", "CARD_CVV", "cvvCode", "cvv2Value", "cvv2_result_in", "ＣＶＣ", "c\u200bvc", "cvc ", "ćvc",
			"security-code", "Card Security Number", "cardVerificationValue", "verification/code", "cardCode", "CSC", "card.cid", "CVD", "Prüfnummer", "cvc=123",
		},
		"PIN": {"pin", "PIN", "cardPin", "PINData", "pin_block", "encryptedPinBlock", "user.pin", "pinCode", "onlinePINValue", "PVV"},
		"magnetic stripe": {
			"track1", "Track_2", "track2EquivalentData", "trackTwo", "magStripeData", "magnetic-strip", "track", "tracks", "swipe_data",
		},
	} {
		for _, name := range names {
			got, found := jobs.SensitiveName(name)
			require.True(t, found, name)
			require.Equal(t, what, got, name)
		}
	}

	for _, name := range []string{
		"", "id", "card", "primaryAccountNumber", "panExpirationMonth", "shipping", "shippingAddress", "pinned", "spinner", "Pinterest", "opinion",
		"tracking_id", "social_security_number", "bank_verification_number", "traceparent", "acceptedVersion", "externalCid2", "srcClientId", "postcode", "emailAddress",
	} {
		_, found := jobs.SensitiveName(name)
		require.False(t, found, name)
	}
}

// The text of a stripe is known by its form, in whatever member it stands.
func TestAStripeIsKnownByItsForm(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"track 1":               {"%B5204731600014784^DOE/ANA^29121011000000000?", true},
		"track 1 of a reader":   {"b5204731600014784^DOE/ANA^2912", true},
		"track 2":               {";5204731600014784=29121011000000?", true},
		"track 2 of a chip":     {"5204731600014784D29121011000000F", true},
		"a number":              {"5204731600014784", false},
		"a number and an equal": {"5204731600014784=2912", false},
		"base64":                {"NTIwNDczMTYwMDAxNDc4NA==", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for _, body := range []string{
				`{"card":{"x":"` + c.text + `"}}`, `{"card":{"` + c.text + `":1}}`, `[["` + c.text + `"]]`, "no JSON " + c.text,
			} {
				require.Equal(t, c.want, jobs.HoldsSensitive([]byte(body)), body)
			}
		})
	}
}

// Random text in base64, of which messages are full, names nothing.
func TestBase64NamesNothing(t *testing.T) {
	t.Parallel()

	random, named := rand.NewChaCha8([32]byte{1}), 0

	for range 2_000 {
		if jobs.NamesSensitive([]byte("k." + encoded(random, 16) + "." + encoded(random, 12) + "." + encoded(random, 60))) {
			named++
		}
	}

	require.Less(t, named, 10)
}

func encoded(random *rand.ChaCha8, size int) string {
	text := make([]byte, size)
	_, _ = random.Read(text)

	return base64.RawURLEncoding.EncodeToString(text)
}
