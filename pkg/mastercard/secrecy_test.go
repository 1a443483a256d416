package mastercard_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

// print writes a value in every way that Go has.
func printed(t *testing.T, values ...any) string {
	t.Helper()

	var out bytes.Buffer

	for _, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}

		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "value", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "value", value)

		if encoded, err := json.Marshal(value); err == nil {
			out.Write(encoded)
		}
	}

	return out.String()
}

func TestRequestsHideThePAN(t *testing.T) {
	t.Parallel()

	request := enrollRequest()
	out := printed(t, request, &request, request.Card, []any{request})

	require.NotContains(t, out, testPAN)
	require.NotContains(t, out, fmt.Sprintf("%x", testPAN))
	require.Contains(t, out, "520473******4784")
}

// An API that sends back what it got, in every place, must not bring the PAN into an Answer.
func TestAnswersHideThePAN(t *testing.T) {
	t.Parallel()

	const unluhn = "52047316000147801234" // twenty digits that no Luhn check finds

	for name, c := range map[string]struct {
		status int
		body   string
		header []string
	}{
		"in a card": {status: 200, body: `{"srcCorrelationId":"PAN","maskedCard":{"srcDigitalCardId":"x-1","panBin":"PAN",
			"panLastFour":"PAN","tokenUniqueReference":"PAN","paymentAccountReference":"PAN","countryCode":"PAN",
			"panExpirationMonth":"PAN","panExpirationYear":"PAN","dateOfCardCreated":"PAN","dateOfCardLastUsed":"PAN",
			"paymentCardType":"PAN","paymentCardDescriptor":"PAN","maskedConsumer":{"srcConsumerId":"PAN"},
			"digitalCardData":{"status":"PAN","pendingEvents":["PAN"],"descriptorName":"PAN"}}}`},
		"in a card's id":                {status: 200, body: `{"maskedCard":{"srcDigitalCardId":"PAN"}}`},
		"in a longer id":                {status: 200, body: `{"maskedCard":{"srcDigitalCardId":"card-PAN"}}`},
		"in a service error":            {status: 400, body: `{"reason":"PAN","message":"PAN","errordetail":[{"reason":"PAN","source":"PAN","message":"PAN"}]}`},
		"in a gateway error":            {status: 403, body: `{"Errors":{"Error":[{"ReasonCode":"PAN","Source":"PAN","Description":"PAN"}]}}`},
		"in text":                       {status: 502, body: "x PAN y"},
		"in text, split by white space": {status: 502, body: "x SPLIT y"},
		"as a number":                   {status: 400, body: `{"reason":PAN,"message":[PAN]}`},
		"in headers":                    {status: 429, header: []string{"Retry-After", "PAN", "X-Src-Cx-Flow-Id", "PAN", "Date", "PAN"}},
	} {
		for kind, number := range writings(testPAN, unluhn) {
			t.Run(name+kind, func(t *testing.T) {
				t.Parallel()

				digits := number.digits
				put := func(text string) string {
					split := digits[:4] + "\n\t" + digits[4:8] + "\x00" + digits[8:]
					return strings.NewReplacer("PAN", number.written, "SPLIT", split).Replace(text)
				}
				header := make([]string, len(c.header))
				for i := range c.header {
					header[i] = put(c.header[i])
				}

				request := enrollRequest()
				request.Card.PrimaryAccountNumber = pan.Unchecked(digits)
				answer := newClient(t, through(answering(c.status, put(c.body), header...))).Enroll(t.Context(), request)
				out := printed(t, answer, answer.Failure, answer.Card)

				require.NotContains(t, out, digits)
				require.NotContains(t, out, fmt.Sprintf("%x", digits))
				require.NotContains(t, strings.ReplaceAll(out, " ", ""), digits)
				require.False(t, pan.Unchecked(digits).In(out), "%s", out)
				require.True(t, answer.Verdict.Valid())
			})
		}
	}
}

// An API may spread a number over members of which none holds enough of it to be masked. They are kept beside each other.
func TestAnswersHideAPANThatIsSpread(t *testing.T) {
	t.Parallel()

	quarters := []string{testPAN[:4], testPAN[4:8], testPAN[8:12], testPAN[12:]}

	for kind, write := range map[string]func(quarter string) string{
		"":         func(quarter string) string { return quarter },
		", in hex": func(quarter string) string { return hex.EncodeToString([]byte(quarter)) },
		", in percents": func(quarter string) string {
			return fmt.Sprintf("%%%02X%%%02X%%%02X%%%02X", quarter[0], quarter[1], quarter[2], quarter[3])
		},
		", with a label": func(quarter string) string { return "part " + quarter },
	} {
		for name, c := range map[string]struct {
			status int
			body   string
		}{
			"in a service error":     {400, `{"reason":"<1>","errordetail":[{"reason":"<2>","source":"<3>","message":"<4>"}]}`},
			"in a gateway's error":   {500, `{"Errors":{"Error":[{"Source":"Gateway","ReasonCode":"<1>","Description":"<2>, <3> <4>"}]}}`},
			"with a number between":  {400, `{"reason":"<1>","errordetail":[{"reason":"<2>","source":"7","message":"<3> <4>"}]}`},
			"in the ids of a card":   {200, `{"srcCorrelationId":"x","maskedCard":{"srcDigitalCardId":"<1>-<2>","tokenUniqueReference":"<3>-<4>"}}`},
			"in an id and a message": {400, `{"reason":"<1>","errordetail":[{"reason":"x","source":"<2>","message":"<3> then <4>"}]}`},
		} {
			t.Run(name+kind, func(t *testing.T) {
				t.Parallel()

				put := strings.NewReplacer("<1>", write(quarters[0]), "<2>", write(quarters[1]), "<3>", write(quarters[2]), "<4>", write(quarters[3]))
				answer := newClient(t, through(answering(c.status, put.Replace(c.body)))).Enroll(t.Context(), enrollRequest())

				f := answer.Failure
				row := strings.Join([]string{
					f.Source, f.Reason, f.Detail, f.Field, f.Message, answer.FirstLine,
					answer.SrcDigitalCardID, answer.TokenUniqueReference, answer.SrcCorrelationID, answer.FlowID,
				}, ",")

				require.False(t, pan.Unchecked(testPAN).In(row), row)
				require.False(t, pan.Unchecked(testPAN).In(printed(t, answer.Card)), row)
				require.True(t, answer.Verdict.Valid())
			})
		}
	}
}

// writing is a number as an API may echo it.
type writing struct{ digits, written string }

// writings are the forms in which numbers come back, each fit for a JSON text and a header.
func writings(number, unluhn string) map[string]writing {
	in := func(zero rune) string {
		return strings.Map(func(r rune) rune { return zero + r - '0' }, number)
	}
	each := func(format string) string {
		var out strings.Builder
		for i := range len(number) {
			fmt.Fprintf(&out, format, number[i])
		}

		return out.String()
	}
	between := func(separator string) string {
		return number[:4] + separator + number[4:8] + separator + number[8:12] + separator + number[12:]
	}

	all := map[string]writing{", not a Luhn number": {unluhn, unluhn}}

	for kind, written := range map[string]string{
		"":                                    number,
		", escaped":                           strings.ReplaceAll(number, "5", `\u0035`),
		", in full width":                     in('０'),
		", in Arabic digits":                  in('٠'),
		", in bold":                           in('\U0001d7ce'),
		", with &nbsp; between":               between("&nbsp;"),
		", with &#160; between":               between("&#160;"),
		", with %20 between":                  between("%20"),
		", with no-break spaces between":      between("\u00a0"),
		", with zero-width spaces between":    between("\u200b"),
		", with text between":                 between(" and "),
		", in entities":                       each("&#%d;"),
		", in entities in hex":                each("&#x%04x;"),
		", in percent encoding":               each("%%%02X"),
		", twice in percent encoding":         each("%%25%02X"),
		", in hex":                            hex.EncodeToString([]byte(number)),
		", in hex with colons":                each("%02X:"),
		", in base64":                         base64.StdEncoding.EncodeToString([]byte(number)),
		", in base64, shifted":                base64.RawURLEncoding.EncodeToString([]byte("x" + number)),
		", in base64, shifted more":           base64.RawURLEncoding.EncodeToString([]byte("xx" + number)),
		", in full width and base64":          base64.StdEncoding.EncodeToString([]byte(in('０'))),
		", as an escaped JSON text in a text": each(`\\u%04x`),
	} {
		all[kind] = writing{number, written}
	}

	return all
}

func TestTextsAreFitToBeKept(t *testing.T) {
	t.Parallel()

	body := `{"status":400,"reason":"INVALID_STATE","message":"one\ntwo\u0000three \ud800 ` + strings.Repeat("ä", 600) + `"}`
	answer := newClient(t, through(answering(http.StatusBadRequest, body))).Enroll(t.Context(), enrollRequest())

	require.Equal(t, "one two three "+strings.Repeat("ä", 485)+"…", answer.Failure.Message)
	require.Equal(t, mastercard.Rejected, answer.Verdict)
}

func TestKeysHideThemselves(t *testing.T) {
	t.Parallel()

	key := signingKey(t)
	private := signingRSA()
	out := printed(t, key, *key, []any{key}, settings(t))

	require.Contains(t, out, "RSA-2048 sha256:"+key.Fingerprint()[:16])
	require.NotContains(t, out, private.D.String())
	require.NotContains(t, out, private.Primes[0].String())
	require.NotContains(t, out, hex.EncodeToString(private.D.Bytes()))
}
