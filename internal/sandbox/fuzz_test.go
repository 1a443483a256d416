package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"enroll.example/clicktopay/internal/sandbox"
)

// fuzzed is a sandbox without a server, asked directly so that a panic fails the test.
func fuzzed(f *testing.F) *fixture {
	f.Helper()

	made := prepare(f)
	made.url = "http://sandbox.example"

	return made
}

// serve gives the handler a request as a server would, and insists on an answer in one of the shapes.
func (f *fixture) serve(t *testing.T, r *http.Request) answer {
	t.Helper()

	recorder := httptest.NewRecorder()
	f.sandbox.ServeHTTP(recorder, r)

	got := answer{status: recorder.Code, header: recorder.Header(), body: recorder.Body.Bytes()}
	if got.status < 200 || got.status > 503 || !json.Valid(got.body) {
		t.Fatalf("status %d, body %q", got.status, got.body)
	}

	return got
}

// asReceived makes of a request that a client would send the one that a server hands over.
func asReceived(r *http.Request) *http.Request {
	r.RequestURI = r.URL.RequestURI()
	return r
}

func FuzzAuthorizationHeader(f *testing.F) {
	made := fuzzed(f)
	for _, header := range []string{
		"", "OAuth", "OAuth a=\"b\"", `OAuth realm="x",oauth_nonce="%`, `OAuth oauth_nonce="a",oauth_nonce="b"`, "OAuth =,=",
		made.build(f, request{body: []byte("{}")}).Header.Get("Authorization"),
	} {
		f.Add(header, "/cards?a=b&%zz&&=;", []byte("{}"))
	}

	f.Fuzz(func(t *testing.T, header, target string, body []byte) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://sandbox.example/", strings.NewReader(string(body)))
		r.RequestURI = sandbox.BasePath + target
		r.Header.Set("Authorization", header)

		if got := made.serve(t, r); got.status == http.StatusOK {
			t.Fatal("enrolled without a signature made for it")
		}
	})
}

// A query that the gateway verified is read again by the service.
func FuzzCardQuery(f *testing.F) {
	made := fuzzed(f)
	f.Add("x", "srcClientId="+srcClientID+"&serviceId=%23")
	f.Add("%2F", "a;b&&=&%zz")

	f.Fuzz(func(t *testing.T, cardID, query string) {
		target := cardsPath + "/" + cardID + "?" + query

		r := made.build(t, request{method: http.MethodGet, target: cardsPath + "/x"})
		r.RequestURI = target
		r.URL.RawQuery = query

		parameters := map[string]string{}
		for _, name := range oauthParameters() {
			parameters[name] = strings.TrimSuffix(strings.TrimPrefix(parameterOf(r.Header.Get("Authorization"), name), name+`="`), `"`)
		}

		delete(parameters, "oauth_signature")
		parameters["oauth_signature"] = escape(sign(t, made.keys.signing, baseString(r.Method, made.url, target, parameters)))
		r.Header.Set("Authorization", authorizationHeader(parameters))

		if got := made.serve(t, r); got.status == http.StatusOK {
			t.Fatal("a card that nobody enrolled")
		}
	})
}

func FuzzRequestBody(f *testing.F) {
	made := fuzzed(f)
	f.Add([]byte(`{"srcClientId":null,"consumer":[],"encryptedCard":1}`))
	f.Add(made.enrollmentOf(f, "a.b.c.d.e", complete))

	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) == 0 {
			body = []byte(" ")
		}

		made.serve(t, asReceived(made.build(t, request{body: body})))
	})
}

func FuzzEncryptedCard(f *testing.F) {
	made := fuzzed(f)
	right := made.seal(f, marshal(f, cardOf(sandbox.PAN(0, 1))))
	f.Add(right)
	f.Add("e30.AA.AA.AA.AA")
	f.Add(strings.Repeat(".", 4))

	f.Fuzz(func(t *testing.T, token string) {
		got := made.serve(t, asReceived(made.build(t, request{body: made.enrollmentOf(t, token)})))
		if got.status == http.StatusOK && token != right {
			t.Fatal("enrolled what was not encrypted here")
		}
	})
}

func FuzzCardPlaintext(f *testing.F) {
	made := fuzzed(f)
	f.Add(marshal(f, fullCard(sandbox.PAN(0, 1))))
	f.Add([]byte(`{"primaryAccountNumber":"4","billingAddress":{"line1":null}}`))

	f.Fuzz(func(t *testing.T, plaintext []byte) {
		// Scenarios that cut the connection do so by a panic that net/http knows.
		defer func() {
			if reason := recover(); reason != nil && reason != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				panic(reason)
			}
		}()

		recorder := httptest.NewRecorder()
		made.sandbox.ServeHTTP(recorder, asReceived(made.build(t, request{body: made.enrollmentOf(t, made.seal(t, plaintext))})))
	})
}
