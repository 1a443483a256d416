package mastercard_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

func gatewayError(reason, description, recoverable string) string {
	return `{"Errors":{"Error":[{"Source":"Gateway","ReasonCode":"` + reason + `","Description":"` + description +
		`","Recoverable":` + recoverable + `,"Details":null}]}}`
}

func serviceError(reason, details string) string {
	return `{"status":400,"reason":"` + reason + `","message":"top","errordetail":` + details + `}`
}

type failure = mastercard.Failure

// answered is an answer of the API's, and what a call makes of it.
type answered struct {
	status int
	body   string
	header []string

	verdict mastercard.Verdict
	failure failure
	after   time.Duration
}

func (c answered) check(t *testing.T) {
	t.Helper()

	client := newClient(t, through(answering(c.status, c.body, c.header...)))
	answer := client.Enroll(t.Context(), enrollRequest())

	require.Equal(t, c.verdict, answer.Verdict)
	require.Equal(t, c.failure, answer.Failure)
	require.Equal(t, c.after, answer.RetryAfter)
	require.Equal(t, c.status, answer.HTTPStatus)
	require.NotEmpty(t, answer.Advice)
	require.NoError(t, answer.Err)
	require.Equal(t, answer.Verdict == mastercard.Enrolled, answer.SrcDigitalCardID != "")
}

func TestVerdicts(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]answered{
		"a card": {status: 200, body: enrolled, verdict: mastercard.Enrolled},
		"a card with another 2xx and content type": {
			status: 201, body: enrolled, header: []string{"Content-Type", "text/plain"}, verdict: mastercard.Enrolled,
		},
		"a card with nothing but an id": {
			status: 200, body: `{"maskedCard":{"srcDigitalCardId":"x-1"}}`, verdict: mastercard.Enrolled,
		},
		"a card among members of unexpected types": {
			status: 200,
			body: `{"srcCorrelationId":17,"new":{"a":[1e400]},"maskedCard":{"panExpirationMonth":3,"digitalCardData":[],
				"srcDigitalCardId":"x-1","tokenUniqueReference":12345678901234567890}}`,
			verdict: mastercard.Enrolled,
		},
		"200 without a card": {
			status: 200, body: `{"srcCorrelationId":"a"}`, verdict: mastercard.Unknown,
			failure: failure{"unrecognized", "HTTP_200", "NO_ERROR", "", `{"srcCorrelationId":"a"}`},
		},
		"200 with a card without an id": {
			status: 200, body: `{"maskedCard":{"srcDigitalCardId":""}}`, verdict: mastercard.Unknown,
			failure: failure{"unrecognized", "HTTP_200", "NO_ERROR", "", `{"maskedCard":{"srcDigitalCardId":""}}`},
		},
		"200 with an id that is a PAN": {
			status: 200, body: `{"maskedCard":{"srcDigitalCardId":"` + testPAN + `"}}`, verdict: mastercard.Unknown,
			failure: failure{"unrecognized", "HTTP_200", "NO_ERROR", "", `{"maskedCard":{"srcDigitalCardId":"************4784"}}`},
		},
		"200 with an id of a number": {
			status: 200, body: `{"maskedCard":{"srcDigitalCardId":17}}`, verdict: mastercard.Unknown,
			failure: failure{"unrecognized", "HTTP_200", "NO_ERROR", "", `{"maskedCard":{"srcDigitalCardId":17}}`},
		},
		"200 with an error in it": {
			status: 200, body: gatewayError("AUTHENTICATION_FAILED", "no", "false"), verdict: mastercard.Unknown,
			failure: failure{"gateway", "AUTHENTICATION_FAILED", "", "", "no"},
		},
		"200 and empty": {
			status: 200, body: " \n", verdict: mastercard.Unknown,
			failure: failure{"unrecognized", "HTTP_200", "EMPTY", "", ""},
		},
		"200 and HTML": {
			status: 200, body: "<html>\n Welcome </html>", verdict: mastercard.Unknown,
			failure: failure{"unrecognized", "HTTP_200", "HTML", "", "<html> Welcome </html>"},
		},
		"200 and no JSON": {
			status: 200, body: `{"maskedCard":`, verdict: mastercard.Unknown,
			failure: failure{"unrecognized", "HTTP_200", "NOT_JSON", "", `{"maskedCard":`},
		},
		"204": {
			status: 204, verdict: mastercard.Unknown,
			failure: failure{"unrecognized", "HTTP_204", "EMPTY", "", ""},
		},
		"a redirect": {
			status: 302, header: []string{"Location", "https://login.example/"}, verdict: mastercard.Halted,
			failure: failure{"unrecognized", "HTTP_302", "EMPTY", "", ""},
		},

		"gateway: signature": {
			status: 403, body: gatewayError("AUTHENTICATION_FAILED", "OAuth Signature parameter failed verification.", "false"),
			verdict: mastercard.Halted,
			failure: failure{"gateway", "AUTHENTICATION_FAILED", "", "", "OAuth Signature parameter failed verification."},
		},
		"gateway: signature, with this machine's clock an hour ahead": {
			status: 403, body: gatewayError("AUTHENTICATION_FAILED", "no", "false"),
			header: []string{"Date", clock.Add(-time.Hour).Format(http.TimeFormat)}, verdict: mastercard.Halted,
			failure: failure{
				"gateway", "AUTHENTICATION_FAILED", "", "",
				"no (this machine's clock is 1h0m0s ahead of the API's: set it right)",
			},
		},
		"gateway: signature, with this machine's clock an hour behind": {
			status: 403, body: gatewayError("AUTHENTICATION_FAILED", "no", "false"),
			header: []string{"Date", clock.Add(time.Hour).Format(http.TimeFormat)}, verdict: mastercard.Halted,
			failure: failure{
				"gateway", "AUTHENTICATION_FAILED", "", "",
				"no (this machine's clock is 1h0m0s behind the API's: set it right)",
			},
		},
		"gateway: body hash": {
			status: 400, body: gatewayError("INVALID_BODY_HASH", "no", "false"), verdict: mastercard.Halted,
			failure: failure{"gateway", "INVALID_BODY_HASH", "", "", "no"},
		},
		"gateway: access": {
			status: 401, body: gatewayError("DECLINED", "Unauthorized - Access Not Granted", "false"), verdict: mastercard.Halted,
			failure: failure{"gateway", "DECLINED", "", "", "Unauthorized - Access Not Granted"},
		},
		"gateway: certificate": {
			status: 400, body: gatewayError("INVALID_KEY", "Signing certificate must be valid", "false"), verdict: mastercard.Halted,
			failure: failure{"gateway", "INVALID_KEY", "", "", "Signing certificate must be valid"},
		},
		"gateway: recoverable": {
			status: 400, body: gatewayError("SOMETHING", "later", "true"), verdict: mastercard.Retry,
			failure: failure{"gateway", "SOMETHING", "", "", "later"},
		},
		"gateway: recoverable as text": {
			status: 401, body: gatewayError("SOMETHING", "later", `"TRUE"`), verdict: mastercard.Retry,
			failure: failure{"gateway", "SOMETHING", "", "", "later"},
		},
		"gateway: a code that is not known": {
			status: 400, body: gatewayError("NEW_CODE", "no", "false"), verdict: mastercard.Retry,
			failure: failure{"gateway", "NEW_CODE", "", "", "no"},
		},
		"gateway: no such path": {
			status: 404, body: gatewayError("RESOURCE_NOT_FOUND", "no", "false"), verdict: mastercard.Halted,
			failure: failure{"gateway", "RESOURCE_NOT_FOUND", "", "", "no"},
		},
		"gateway: a lone error in the list's place": {
			status: 403, body: `{"Errors":{"Error":{"ReasonCode":"AUTHENTICATION_FAILED"}}}`, verdict: mastercard.Halted,
			failure: failure{"gateway", "AUTHENTICATION_FAILED", "", "", ""},
		},
		"gateway: a bare list": {
			status: 403, body: `{"Error":[17,{"ReasonCode":"AUTHENTICATION_FAILED"}]}`, verdict: mastercard.Halted,
			failure: failure{"gateway", "AUTHENTICATION_FAILED", "", "", ""},
		},
		"gateway: a list where the list's parent belongs": {
			status: 403, body: `{"Errors":[{"ReasonCode":"AUTHENTICATION_FAILED"}]}`, verdict: mastercard.Halted,
			failure: failure{"gateway", "AUTHENTICATION_FAILED", "", "", ""},
		},
		"the service in the gateway's shape": {
			status: 429, body: strings.Replace(gatewayError("RATE_LIMIT_EXCEEDED", "10 TPS", "true"), "Gateway", "fld", 1),
			verdict: mastercard.Throttled,
			failure: failure{"unrecognized", "RATE_LIMIT_EXCEEDED", "fld", "", "10 TPS"},
		},

		"429": {
			status: 429, verdict: mastercard.Throttled,
			failure: failure{"unrecognized", "HTTP_429", "EMPTY", "", ""},
		},
		"429 with seconds": {
			status: 429, header: []string{"Retry-After", "7"}, verdict: mastercard.Throttled, after: 7 * time.Second,
			failure: failure{"unrecognized", "HTTP_429", "EMPTY", "", ""},
		},
		"429 with a date": {
			status: 429, header: []string{"Retry-After", clock.Add(90 * time.Second).Format(http.TimeFormat)},
			verdict: mastercard.Throttled, after: 90 * time.Second,
			failure: failure{"unrecognized", "HTTP_429", "EMPTY", "", ""},
		},
		"429 with a date that has passed": {
			status: 429, header: []string{"Retry-After", clock.Add(-time.Hour).Format(http.TimeFormat)},
			verdict: mastercard.Throttled,
			failure: failure{"unrecognized", "HTTP_429", "EMPTY", "", ""},
		},
		"429 with far too many seconds": {
			status: 429, header: []string{"Retry-After", strings.Repeat("9", 40)},
			verdict: mastercard.Throttled, after: time.Hour,
			failure: failure{"unrecognized", "HTTP_429", "EMPTY", "", ""},
		},
		"429 with a date in the next century": {
			status: 429, header: []string{"Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT"},
			verdict: mastercard.Throttled, after: time.Hour,
			failure: failure{"unrecognized", "HTTP_429", "EMPTY", "", ""},
		},
		"429 with nonsense": {
			status: 429, header: []string{"Retry-After", "-5"}, verdict: mastercard.Throttled,
			failure: failure{"unrecognized", "HTTP_429", "EMPTY", "", ""},
		},
		"503": {
			status: 503, verdict: mastercard.Retry,
			failure: failure{"unrecognized", "HTTP_503", "EMPTY", "", ""},
		},
		"503 with seconds": {
			status: 503, header: []string{"Retry-After", "7"}, verdict: mastercard.Throttled, after: 7 * time.Second,
			failure: failure{"unrecognized", "HTTP_503", "EMPTY", "", ""},
		},
		"502 and HTML": {
			status: 502, body: "<h1>Bad Gateway</h1>", header: []string{"Content-Type", "text/html"}, verdict: mastercard.Retry,
			failure: failure{"unrecognized", "HTTP_502", "HTML", "", "<h1>Bad Gateway</h1>"},
		},
		"504": {
			status: 504, verdict: mastercard.Unknown,
			failure: failure{"unrecognized", "HTTP_504", "EMPTY", "", ""},
		},
		"500 from the service": {
			status: 500, body: serviceError("INTERNAL", "null"), verdict: mastercard.Retry,
			failure: failure{"service", "INTERNAL", "", "", "top"},
		},
		"a status beyond all": {
			status: 999, verdict: mastercard.Unknown,
			failure: failure{"unrecognized", "HTTP_999", "EMPTY", "", ""},
		},

		"400 of no shape": {
			status: 400, body: `{"timestamp":1,"status":400,"error":"Bad Request"}`, verdict: mastercard.Retry,
			failure: failure{"unrecognized", "HTTP_400", "NO_ERROR", "", `{"error":"Bad Request","status":400,"timestamp":1}`},
		},
		"403 and HTML": {
			status: 403, body: "<html>Access Denied</html>", verdict: mastercard.Halted,
			failure: failure{"unrecognized", "HTTP_403", "HTML", "", "<html>Access Denied</html>"},
		},
		"404 and HTML": {
			status: 404, body: "<html></html>", verdict: mastercard.Halted,
			failure: failure{"unrecognized", "HTTP_404", "HTML", "", "<html></html>"},
		},
		"the proxy's credentials": {
			status: 407, verdict: mastercard.Halted,
			failure: failure{"unrecognized", "HTTP_407", "EMPTY", "", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.check(t)
		})
	}
}
