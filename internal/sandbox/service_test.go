package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

func TestServiceRefuses(t *testing.T) {
	t.Parallel()

	f := setup(t)
	token := f.seal(t, marshal(t, cardOf(sandbox.PAN(0, 1))))
	typed := func(contentType string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Content-Type", contentType) }
	}
	set := func(name string, value any) []byte {
		return f.enrollmentOf(t, token, func(b members) { b[name] = value })
	}

	for name, c := range map[string]struct {
		request request
		status  int
		want    string
	}{
		"no content type":    {request{sent: func(r *http.Request) { r.Header.Del("Content-Type") }}, 415, "INVALID_ARGUMENT"},
		"a form":             {request{sent: typed("application/x-www-form-urlencoded")}, 415, "INVALID_ARGUMENT"},
		"a broken type":      {request{sent: typed("application/json; charset")}, 415, "INVALID_ARGUMENT"},
		"a compressed body":  {request{sent: func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }}, 415, "INVALID_ARGUMENT"},
		"no JSON":            {request{body: []byte("{")}, 400, "INVALID_ARGUMENT/INVALID_FORMAT/Request body"},
		"JSON and more":      {request{body: []byte("{} {}")}, 400, "INVALID_ARGUMENT/INVALID_FORMAT/Request body"},
		"JSON beyond reason": {request{body: []byte(strings.Repeat("[", 100_000))}, 400, "INVALID_ARGUMENT/INVALID_FORMAT/Request body"},
		"an empty body":      {request{body: []byte{}}, 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/Request body"},
		"null":               {request{body: []byte("null")}, 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/Request body"},
		"a list":             {request{body: []byte("[]")}, 400, "INVALID_ARGUMENT/INVALID_FORMAT/Request body"},
		"a number":           {request{body: []byte("1e999")}, 400, "INVALID_ARGUMENT/INVALID_FORMAT/Request body"},
		"members in another case": {
			request{body: []byte(strings.Replace(string(set("a", 1)), "srcClientId", "SRCCLIENTID", 1))},
			400, "INVALID_ARGUMENT/CANNOT_BE_NULL/srcClientId",
		},
		"an unknown client": {
			request{body: set("srcClientId", "00000000-0000-4000-8000-000000000000")},
			400, "INVALID_STATE/INVALID_VALUE/srcClientId",
		},
		"another's client": {request{body: set("srcClientId", otherClient)}, 403, "PERMISSION_DENIED/INVALID_VALUE/X_OPEN_API_CLIENT_ID"},
		"another service":  {request{body: set("serviceId", "ISSUER#OTHER#01")}, 403, "PERMISSION_DENIED/INVALID_VALUE/serviceId"},
		"a locked service": {request{body: set("serviceId", lockedID)}, 403, "PERMISSION_DENIED"},
		"no card": {
			request{body: f.enrollmentOf(t, token, func(b members) { delete(b, "encryptedCard") })},
			400, "INVALID_ARGUMENT/CANNOT_BE_NULL/encryptedCard",
		},
		"two cards": {
			request{body: set("enrolmentReferenceData", members{
				"enrolmentReferenceId": "MCC-STL-1", "enrolmentReferenceType": "PUSH_ACCOUNT_RECEIPT",
			})},
			400, "INVALID_ARGUMENT/INVALID_VALUE/Request body",
		},
		"a flow id of other characters": {
			request{sent: func(r *http.Request) { r.Header.Set("X-Src-Cx-Flow-Id", "a b") }},
			400, "INVALID_ARGUMENT/INVALID_VALUE/X-Src-Cx-Flow-Id",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if c.request.body == nil {
				c.request.body = f.enrollmentOf(t, token)
			}

			got := f.do(t, c.request)
			require.Equal(t, c.status, got.status, string(got.body))
			require.Equal(t, c.want, got.reasons(t))
			require.NotEmpty(t, got.header.Get("X-Src-Cx-Flow-Id"))
		})
	}

	t.Cleanup(func() { require.Zero(t, f.sandbox.Ledger().Totals().Effects) })
}
