package mastercard_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

// An identifier of the API is kept as it is, so it is not kept at all where it shows more of the card's number than its first
// six or eight and its last four digits.
func TestIdentifiersThatShowTooMuchOfTheNumber(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		id   string
		kept bool
	}{
		"a UUID":                         {"8a7e5c7e-6f0b-4c36-9a39-0b1c5f6d7e8f", true},
		"a token's reference":            {"DWSPMC00000000fcb2f4136b2f4136a0532d2f4136a0532d", true},
		"the bank's digits":              {"card-" + testPAN[:6], true},
		"the last four":                  {"card-" + testPAN[12:], true},
		"first six and last four":        {testPAN[:6] + "-" + testPAN[12:], true},
		"ten digits":                     {"card-" + testPAN[:10], true},
		"the first eleven":               {"card-" + testPAN[:11], false},
		"the first twelve":               {testPAN[:12], false},
		"the first fourteen":             {"card-" + testPAN[:14] + "-1", false},
		"all but the first two":          {"card-" + testPAN[2:], false},
		"eleven of the middle":           {"card" + testPAN[3:14] + "x", false},
		"twelve in groups":               {testPAN[:4] + "-" + testPAN[4:8] + "-" + testPAN[8:12], false},
		"the middle two masked":          {testPAN[:7] + "xx" + testPAN[9:], false},
		"the first twelve, a digit each": {"5.2.0.4.7.3.1.6.0.0.0.1", false},
		"the number":                     {testPAN, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			kept := ""
			if c.kept {
				kept = c.id
			}

			body := `{"srcCorrelationId":"` + c.id + `","maskedCard":{"srcDigitalCardId":"` + c.id + `","tokenUniqueReference":"` + c.id +
				`","paymentAccountReference":"` + c.id + `","panBin":"` + testPAN[:6] + `","panLastFour":"` + testPAN[12:] + `"}}`
			answer := newClient(t, through(answering(http.StatusOK, body, "X-Src-Cx-Flow-Id", c.id))).Enroll(t.Context(), enrollRequest())

			require.Equal(t, mastercard.Enrolled, answer.Verdict)
			require.Equal(t, kept, answer.SrcDigitalCardID)
			require.Equal(t, kept, answer.TokenUniqueReference)
			require.Equal(t, kept, answer.Card.PaymentAccountReference)
			require.Equal(t, kept, answer.FlowID)

			if !c.kept {
				require.NotContains(t, answer.SrcCorrelationID, c.id)
			}
		})
	}
}
