package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/pan"
)

const (
	patience = 30 * time.Second
	tick     = 5 * time.Millisecond
)

// seen is what a client sees of a call.
func (f *fixture) seen(tb testing.TB, number string) string {
	tb.Helper()

	got, err := f.try(tb, request{body: f.enrollment(tb, cardOf(number))})
	if err != nil {
		return "no answer"
	}

	switch {
	case got.status == http.StatusOK && disguised(got) != "":
		return disguised(got)
	case got.status == http.StatusOK && json.Valid(got.body):
		return enrolledAs(got.body, number)
	case got.status == http.StatusOK && len(got.body) == 0:
		return "200 empty"
	case got.status == http.StatusOK:
		return "200 unreadable"
	case got.header.Get("Content-Type") == "text/html":
		return fmt.Sprintf("%d html", got.status)
	case got.header.Get("Content-Type") == "text/xml":
		return fmt.Sprintf("%d xml %t", got.status, strings.Contains(string(got.body), "<ReasonCode>AUTHENTICATION_FAILED</ReasonCode>"))
	case strings.HasPrefix(string(got.body), `{"error`), strings.HasPrefix(string(got.body), `{"code":"-32603"`):
		return fmt.Sprintf("%d %s", got.status, got.body)
	}

	said := fmt.Sprintf("%d ", got.status)
	if after := got.header.Get("Retry-After"); after != "" {
		said += "after " + after + " "
	}

	if isGateway(got.body) {
		return said + got.gatewayCode(tb)
	}

	return said + got.reasons(tb)
}

// disguised names the form of an answer that is not plain JSON; gzip the test's client undoes by itself.
func disguised(got answer) string {
	switch {
	case got.header.Get("Content-Encoding") != "":
		return "200 " + got.header.Get("Content-Encoding")
	case strings.Contains(got.header.Get("Content-Type"), "charset=utf-16"):
		return "200 utf-16"
	case strings.HasPrefix(string(got.body), "\xef\xbb\xbf"):
		return "200 marked"
	default:
		return ""
	}
}

// enrolledAs says what an answer tells of a card.
func enrolledAs(body []byte, number string) string {
	var said struct {
		MaskedCard struct {
			SrcDigitalCardID string `json:"srcDigitalCardId"`
			PanLastFour      string `json:"panLastFour"`
		} `json:"maskedCard"`
	}

	switch err := json.Unmarshal(body, &said); {
	case err != nil:
		return err.Error()
	case !strings.HasSuffix(number, said.MaskedCard.PanLastFour):
		return "200 another card"
	case said.MaskedCard.SrcDigitalCardID == "":
		return "200 without an id"
	case len(said.MaskedCard.SrcDigitalCardID) > 255:
		return "200 with a long id"
	default:
		return "enrolled"
	}
}

func isGateway(body []byte) bool {
	var shape struct {
		Errors json.RawMessage `json:"Errors"`
	}
	return json.Unmarshal(body, &shape) == nil && shape.Errors != nil
}

// behaviour is what three calls for a card see, and what the ledger holds after them.
type behaviour struct {
	calls         [3]string
	effects, lost int
}

func behaviours() map[int]behaviour {
	always := func(said string, effects, lost int) behaviour {
		return behaviour{[3]string{said, said, said}, effects, lost}
	}
	once := func(said string, effects, lost int) behaviour {
		return behaviour{[3]string{said, "enrolled", "enrolled"}, effects, lost}
	}

	return map[int]behaviour{
		0:  always("enrolled", 3, 0),
		1:  always("400 ALREADY_EXISTS/ALREADY_EXISTS/Card", 0, 0),
		10: always("400 INVALID_STATE/PAN_INELIGIBLE/Card", 0, 0),
		11: always("400 INVALID_STATE/INVALID_PAN/Card", 0, 0),
		12: always("400 INVALID_STATE/ISSUER_DECLINED/Card", 0, 0),
		13: always("400 INVALID_STATE/TOKENIZATION_INELIGIBLE/Card", 0, 0),
		14: always("400 INVALID_STATE/SUSPENDED_CARD/Card", 0, 0),
		15: always("400 INVALID_ARGUMENT/CANNOT_BE_NULL/consumer.countryCode", 0, 0),
		20: always("403 PERMISSION_DENIED/INVALID_VALUE/serviceId", 0, 0),
		28: once("429 after 1 RATE_LIMIT_EXCEEDED", 2, 0),
		29: always("429 after 1 RATE_LIMIT_EXCEEDED", 0, 0),
		30: always("400 html", 0, 0),
		31: always("413 html", 0, 0),
		32: always("451 html", 0, 0),
		33: always("400 xml true", 0, 0),
		34: always(`400 {"errors":[{"source":"Gateway","reasonCode":"CRYPTOGRAPHY_ERROR",`+
			`"description":"The request could not be decrypted","recoverable":false}]}`, 0, 0),
		35: always(`400 {"errors":[{"source":"gateway","reasonCode":"ENCRYPTION_ERROR",`+
			`"description":"The encryption key is not valid","recoverable":false}]}`, 0, 0),
		36: always(`400 {"error":{"code":"openapi.invalid.xclient.id"}}`, 0, 0),
		37: always("400 INVALID_STATE/PAN_INELIGIBLE/Card", 0, 0),
		38: always("400 INVALID_STATE/PAN_INELIGIBLE/Card", 0, 0),
		39: always(`500 {"code":"-32603","errors":[{"source":"Validation","reasonCode":"clientid.invalid",`+
			`"description":"ClientID not provisioned.","recoverable":false}],"message":"Internal Error"}`, 0, 0),
		40: always(`400 {"errors":[{"source":"MDES","reasonCode":"PAN_INELIGIBLE","description":"The PAN is ineligible","recoverable":false}]}`, 0, 0),
		41: once(`400 {"errors":[{"source":"GATEWAY","reasonCode":"SERVICE_BUSY",`+
			`"description":"The request could not be passed on","recoverable":true}]}`, 2, 0),
		42: once(`429 {"errors":[{"source":"CustomerService","reasonCode":"too.many.requests",`+
			`"description":"You have exceeded the IP rate limit. Maximum allowed - 10 TPS","recoverable":true}]}`, 2, 0),
		43: always("enrolled", 3, 0),
		44: always("enrolled", 3, 0),
		45: always("enrolled", 3, 0),
		46: always("enrolled", 3, 0),
		47: always("enrolled", 3, 0),
		48: always("enrolled", 3, 0),
		49: always("enrolled", 3, 0),
		50: once("500 INTERNAL", 2, 0),
		51: always("500 INTERNAL", 0, 0),
		53: once("503 UNAVAILABLE/NO_RESPONSE_FROM_ISSUER/Card", 2, 0),
		54: always("503 UNAVAILABLE/NO_RESPONSE_FROM_ISSUER/Card", 0, 0),
		55: once("400 TEMPORARY_FAILURE", 2, 0),
		60: always("enrolled", 3, 0),
		61: always("enrolled", 3, 3),
		62: always("enrolled", 3, 0),
		63: always("200 deflate", 3, 0),
		64: always("200 deflate", 3, 0),
		65: always("200 marked", 3, 0),
		66: always("200 utf-16", 3, 0),
		67: always("200 without an id", 3, 0),
		68: always("200 with a long id", 3, 0),
		70: once("no answer", 3, 1),
		71: always("no answer", 3, 3),
		80: always("502 html", 0, 0),
		81: once("no answer", 3, 1),
		82: once("200 empty", 3, 1),
		83: once("200 unreadable", 3, 1),
		84: once("200 another card", 3, 1),
		85: once("200 unreadable", 3, 1),
		86: once("200 br", 3, 1),
	}
}

func TestScenarios(t *testing.T) {
	t.Parallel()

	for name, serve := range map[string]func(*testing.T) *fixture{
		"HTTP/1.1": func(t *testing.T) *fixture { t.Helper(); return setup(t) },
		"HTTP/2":   setupHTTP2,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			f := serve(t)

			for _, scenario := range sandbox.Scenarios() {
				t.Run(fmt.Sprintf("%02d %s", scenario.Number, scenario.Meaning), func(t *testing.T) {
					t.Parallel()

					want, known := behaviours()[scenario.Number]
					require.True(t, known, "a scenario without a test")

					number := sandbox.PAN(scenario.Number, 42)
					for _, said := range want.calls {
						require.Equal(t, said, f.seen(t, number))
					}

					card := f.sandbox.Ledger().Card(number)
					require.Equal(t, 3, card.Calls)
					require.Equal(t, want.effects, card.Effects)
					require.Equal(t, want.lost, card.Lost)
				})
			}
		})
	}
}

func setupHTTP2(t *testing.T) *fixture {
	t.Helper()

	f := prepare(t)
	server := httptest.NewUnstartedServer(f.sandbox)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)

	f.url, f.http = server.URL, server.Client()

	response, err := f.http.Do(f.build(t, request{method: http.MethodGet, target: sandbox.KeysPath}))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 2, response.ProtoMajor)

	return f
}

func TestPublishedTestNumbers(t *testing.T) {
	t.Parallel()

	f := setup(t)
	seen := map[string]bool{}

	for _, test := range sandbox.TestPANs() {
		require.True(t, pan.Luhn(test.PAN), test.PAN)
		require.False(t, seen[test.PAN], "%s is listed twice", test.PAN)
		seen[test.PAN] = true

		require.Equal(t, behaviours()[test.Scenario].calls[0], f.seen(t, test.PAN), test.PAN)
	}

	require.Len(t, seen, 35)
}

func TestNumbersThatAreNotListed(t *testing.T) {
	t.Parallel()

	f := setup(t)

	for name, c := range map[string]struct{ partial, want string }{
		"Mastercard":                       {"555500000000000", "enrolled"},
		"Mastercard, 2-series":             {"222100000000000", "enrolled"},
		"Maestro":                          {"500000000000000", "enrolled"},
		"Maestro, 6":                       {"675900000000000", "enrolled"},
		"nineteen digits":                  {"675900000000000000", "enrolled"},
		"the own range, unlisted":          {sandbox.Prefix + "9900001", "enrolled"},
		"another scheme":                   {"411111111111111", "400 INVALID_STATE/PAN_INELIGIBLE/Card"},
		"just below the 2-series":          {"222000000000000", "400 INVALID_STATE/PAN_INELIGIBLE/Card"},
		"just above the 2-series":          {"272100000000000", "400 INVALID_STATE/PAN_INELIGIBLE/Card"},
		"a number that begins with a zero": {"000000000000000", "400 INVALID_STATE/PAN_INELIGIBLE/Card"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, f.seen(t, c.partial+string(pan.CheckDigit(c.partial))))
		})
	}
}

func TestPAN(t *testing.T) {
	t.Parallel()

	require.Regexp(t, `^520473992800007\d$`, sandbox.PAN(28, 7))
	require.True(t, pan.Luhn(sandbox.PAN(sandbox.MaxScenario, sandbox.MaxSerial)))
	require.Len(t, sandbox.PAN(0, 0), 16)

	for _, beyond := range [][2]int{{-1, 0}, {0, -1}, {sandbox.MaxScenario + 1, 0}, {0, sandbox.MaxSerial + 1}} {
		require.Panics(t, func() { sandbox.PAN(beyond[0], beyond[1]) })
	}
}

// The package comment is where people look first.
func TestPackageCommentListsTheScenarios(t *testing.T) {
	t.Parallel()

	source, err := os.ReadFile("doc.go")
	require.NoError(t, err)

	var table strings.Builder
	for _, scenario := range sandbox.Scenarios() {
		fmt.Fprintf(&table, "//\t%02d  %s\n", scenario.Number, scenario.Meaning)
	}

	require.Contains(t, string(source), "//\n"+table.String()+"//\n")
}
