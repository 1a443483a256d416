package sandbox_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

func oauthParameters() []string {
	return []string{
		"oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_signature_method",
		"oauth_version", "oauth_body_hash", "oauth_signature",
	}
}

// refusal is a request that the gateway must refuse, and how.
type refusal struct {
	request request
	status  int
	code    string
}

// with sets a parameter, which is then signed.
func with(name, value string) func(map[string]string) {
	return func(p map[string]string) { p[name] = value }
}

// replaced changes the finished header.
func replaced(old, with string) func(string) string {
	return func(header string) string { return strings.Replace(header, old, with, 1) }
}

func gatewayRefusals(f *fixture) map[string]refusal {
	const (
		bad    = "INVALID_AUTH_HEADER"
		failed = "AUTHENTICATION_FAILED"
	)

	at := func(d time.Duration) func(map[string]string) {
		return with("oauth_timestamp", strconv.FormatInt(now().Add(d).Unix(), 10))
	}

	cases := map[string]refusal{
		"no header":            {request{finished: func(string) string { return "" }}, 400, bad},
		"another scheme":       {request{finished: replaced("OAuth ", "Bearer ")}, 400, bad},
		"nothing but a scheme": {request{finished: func(string) string { return "OAuth" }}, 400, bad},
		"no parameters":        {request{finished: func(string) string { return "OAuth " }}, 400, bad},
		"two headers": {request{sent: func(r *http.Request) {
			r.Header.Add("Authorization", r.Header.Get("Authorization"))
		}}, 400, bad},
		"a value without quotes": {request{finished: replaced(`oauth_version="1.0"`, `oauth_version=1.0`)}, 400, bad},
		"a value without end": {request{finished: func(h string) string {
			return strings.TrimSuffix(h, `"`)
		}}, 400, bad},
		"parameters without a comma": {request{finished: replaced(`",`, `" `)}, 400, bad},
		"a comma at the end":         {request{finished: func(h string) string { return h + "," }}, 400, bad},
		"text after the end":         {request{finished: func(h string) string { return h + " x" }}, 400, bad},
		"a bad escape":               {request{finished: replaced(`oauth_nonce="`, `oauth_nonce="%zz`)}, 400, bad},

		"version 2.0":               {request{parameter: with("oauth_version", "2.0")}, 400, bad},
		"method HMAC-SHA1":          {request{parameter: with("oauth_signature_method", "HMAC-SHA1")}, 400, bad},
		"method RSA-SHA1":           {request{parameter: with("oauth_signature_method", "RSA-SHA1")}, 400, bad},
		"a timestamp in words":      {request{parameter: with("oauth_timestamp", "now")}, 400, bad},
		"a negative timestamp":      {request{parameter: with("oauth_timestamp", "-1")}, 400, bad},
		"an endless timestamp":      {request{parameter: with("oauth_timestamp", strings.Repeat("9", 60))}, 400, bad},
		"an unknown consumer key":   {request{parameter: with("oauth_consumer_key", "nobody!0")}, 401, "DECLINED"},
		"another's consumer key":    {request{parameter: with("oauth_consumer_key", otherKey)}, 403, failed},
		"an hour late":              {request{parameter: at(-time.Hour)}, 403, failed},
		"an hour early":             {request{parameter: at(time.Hour)}, 403, failed},
		"a second outside":          {request{parameter: at(-5*time.Minute - time.Second)}, 403, failed},
		"signed with another key":   {request{key: f.keys.stranger}, 403, failed},
		"a signature of nothing":    {request{finished: replaced(`oauth_signature="`, `oauth_signature="AAAA`)}, 403, failed},
		"a signature not in base64": {request{finished: replaced(`oauth_signature="`, `oauth_signature="%20`)}, 403, failed},
		"the hash of another body": {
			request{parameter: with("oauth_body_hash", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")}, 400, "INVALID_BODY_HASH",
		},
		"a body altered by one byte": {request{sent: func(r *http.Request) {
			body := bodyOf(r)
			body[len(body)/2] ^= 1
			setBody(r, body)
		}}, 400, "INVALID_BODY_HASH"},
		"a body longer by one byte": {request{sent: func(r *http.Request) {
			setBody(r, append(bodyOf(r), ' '))
		}}, 400, "INVALID_BODY_HASH"},
		"no body":              {request{sent: func(r *http.Request) { setBody(r, nil) }}, 400, "INVALID_BODY_HASH"},
		"another query":        {request{sent: func(r *http.Request) { r.URL.RawQuery = "a=1" }}, 403, failed},
		"another host":         {request{sent: func(r *http.Request) { r.Host = "localhost.example" }}, 403, failed},
		"a parameter unsigned": {request{finished: func(h string) string { return h + `,extra="1"` }}, 403, failed},

		"another path":        {request{target: "/src/api/digital/other"}, 404, "RESOURCE_NOT_FOUND"},
		"a path below a card": {request{target: cardsPath + "/a/b"}, 404, "RESOURCE_NOT_FOUND"},
		"no card":             {request{target: cardsPath + "/"}, 404, "RESOURCE_NOT_FOUND"},
		"another method":      {request{method: http.MethodPut}, 405, "METHOD_NOT_ALLOWED"},
		"POST to a card":      {request{target: cardsPath + "/x"}, 405, "METHOD_NOT_ALLOWED"},
		"a body over 1 MiB":   {request{body: make([]byte, 1<<20+1)}, 413, "INVALID_REQUEST"},
	}

	for _, name := range oauthParameters() {
		at := " " + name
		cases["missing"+at] = refusal{request{finished: func(h string) string { return cut(h, name) }}, 400, bad}
		cases["empty"+at] = refusal{request{finished: func(h string) string { return cut(h, name) + "," + name + `=""` }}, 400, bad}
		cases["doubled"+at] = refusal{request{finished: func(h string) string { return h + "," + parameterOf(h, name) }}, 400, bad}
		cases["doubled, differing,"+at] = refusal{request{finished: func(h string) string { return h + "," + name + `="x"` }}, 400, bad}
	}

	for name, want := range map[string]struct {
		status int
		code   string
	}{
		"oauth_consumer_key":     {401, "DECLINED"},
		"oauth_nonce":            {403, failed},
		"oauth_timestamp":        {403, failed},
		"oauth_signature_method": {400, bad},
		"oauth_version":          {400, bad},
		"oauth_body_hash":        {400, "INVALID_BODY_HASH"},
		"oauth_signature":        {403, failed},
	} {
		cases["altered after signing: "+name] = refusal{
			request{finished: func(h string) string { return altered(h, name) }}, want.status, want.code,
		}
	}

	return cases
}

func TestGatewayRefuses(t *testing.T) {
	t.Parallel()

	f := setup(t)
	number := sandbox.PAN(0, 1)

	for name, c := range gatewayRefusals(f) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if c.request.body == nil {
				c.request.body = f.enrollment(t, cardOf(number))
			}

			got := f.do(t, c.request)
			require.Equal(t, c.status, got.status, string(got.body))
			require.Equal(t, c.code, got.gatewayCode(t))
			require.Contains(t, string(got.body), `"Recoverable":false`)
		})
	}

	t.Cleanup(func() { require.Zero(t, f.sandbox.Ledger().Card(number).Calls, "a refused request went on") })
}

func TestGatewayAdmits(t *testing.T) {
	t.Parallel()

	f := setup(t)
	at := func(d time.Duration) func(map[string]string) {
		return with("oauth_timestamp", strconv.FormatInt(now().Add(d).Unix(), 10))
	}

	for name, r := range map[string]request{
		"values as Mastercard's libraries send them": {},
		"values encoded as RFC 5849 has them":        {encodes: true},
		"a timestamp at the early end of the window": {parameter: at(5 * time.Minute)},
		"a timestamp at the late end of the window":  {parameter: at(-5 * time.Minute)},
		"a scheme in lower case":                     {finished: replaced("OAuth ", "oauth ")},
		"spaces after commas":                        {finished: func(h string) string { return strings.ReplaceAll(h, `",`, `", `) }},
		"a realm, which is not signed":               {finished: func(h string) string { return h + `,realm="x"` }},
		"another parameter, signed":                  {parameter: with("oauth_token", "")},
		"a query of every allowed kind":              {target: cardsPath + "?b=%23x&a=1&a=&c=&b=%20&~=-._"},
		"a name without a value in the query, signed with an empty one": {
			target: cardsPath + "?c=", sent: func(r *http.Request) { r.URL.RawQuery = "c" },
		},
		"a query with reserved characters": {target: cardsPath + "?x=a:b/c@d&y=(1)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r.body = f.enrollment(t, cardOf(sandbox.PAN(0, 1)))
			f.do(t, r).enrolled(t)
		})
	}
}

func TestGatewayTakesTheAbsoluteFormOfATarget(t *testing.T) {
	t.Parallel()

	f := prepare(t)
	f.url = "http://sandbox.example"

	for target, status := range map[string]int{
		cardsPath:            http.StatusOK,
		cardsPath + "?a=%20": http.StatusOK,
		"":                   http.StatusNotFound,
		"?a=b":               http.StatusNotFound,
	} {
		r := f.build(t, request{body: f.enrollment(t, cardOf(sandbox.PAN(0, 1))), target: target})
		r.RequestURI = f.url + target
		require.Equal(t, status, f.serve(t, r).status, target)
	}

	r := asReceived(f.build(t, request{body: []byte("{}")}))
	r.RequestURI = "*"
	require.Equal(t, http.StatusNotFound, f.serve(t, r).status)
}

func TestGatewayRefusesABodyThatBreaksOff(t *testing.T) {
	t.Parallel()

	f := prepare(t)
	f.url = "http://sandbox.example"
	r := asReceived(f.build(t, request{body: []byte("{}")}))
	r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))

	got := f.serve(t, r)
	require.Equal(t, http.StatusBadRequest, got.status)
	require.Equal(t, "INVALID_REQUEST", got.gatewayCode(t))
}

func TestGatewayRefusesReplays(t *testing.T) {
	t.Parallel()

	f := setup(t)
	nonce := with("oauth_nonce", "the-same-each-time")
	body := f.enrollment(t, cardOf(sandbox.PAN(0, 1)))

	wrong := f.do(t, request{body: body, parameter: nonce, key: f.keys.stranger})
	require.Equal(t, http.StatusForbidden, wrong.status)

	f.do(t, request{body: body, parameter: nonce}).enrolled(t) // a wrong signature does not use up a nonce

	replayed := f.do(t, request{body: body, parameter: nonce})
	require.Equal(t, http.StatusForbidden, replayed.status)
	require.Equal(t, "AUTHENTICATION_FAILED", replayed.gatewayCode(t))
	require.Contains(t, string(replayed.body), "nonce")
	require.Equal(t, 1, f.sandbox.Ledger().Effects(sandbox.PAN(0, 1)))

	other := f.do(t, request{
		body: body, key: f.keys.stranger,
		parameter: func(p map[string]string) { nonce(p); p["oauth_consumer_key"] = otherKey },
	})
	require.Equal(t, "PERMISSION_DENIED/INVALID_VALUE/X_OPEN_API_CLIENT_ID", other.reasons(t), "another client's nonce is its own")
}

func TestGatewaySaysWhatItWouldHaveAccepted(t *testing.T) {
	t.Parallel()

	f := setup(t)
	got := f.do(t, request{body: []byte("{}"), target: cardsPath + "?a=%20b", key: f.keys.stranger})

	require.Contains(t, string(got.body), `Acceptable signature base string: POST\u0026http%3A%2F%2F127.0.0.1`)
	require.Contains(t, string(got.body), `cards\u0026a%3D%2520b%26oauth_body_hash%3D`)
	require.Contains(t, string(got.body), `0123456789%210123456789`, "the consumer key's ! is encoded once")
}

// cut takes a parameter out of a header.
func cut(header, name string) string {
	header = strings.Replace(header, parameterOf(header, name), "", 1)
	header = strings.Replace(header, ",,", ",", 1)

	return strings.TrimSuffix(strings.Replace(header, "OAuth ,", "OAuth ", 1), ",")
}

func parameterOf(header, name string) string {
	_, rest, _ := strings.Cut(header, name+`="`)
	value, _, _ := strings.Cut(rest, `"`)

	return name + `="` + value + `"`
}

// altered changes the first character of a value into another of its kind.
func altered(header, name string) string {
	parameter := []byte(parameterOf(header, name))
	at := len(name) + 2

	switch c := parameter[at]; {
	case c == '1':
		parameter[at] = '2'
	case c >= '0' && c <= '9':
		parameter[at] = '1'
	case c == 'A':
		parameter[at] = 'B'
	default:
		parameter[at] = 'A'
	}

	return strings.Replace(header, parameterOf(header, name), string(parameter), 1)
}
