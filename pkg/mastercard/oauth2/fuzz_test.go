package oauth2_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// Whatever an authorization server answers is a token that a header can hold, or an error without anything of the token in it.
func FuzzTokenAnswer(f *testing.F) {
	for _, body := range []string{
		answerOf(900), `{"access_token":"a","token_type":"DPoP","expires_in":1e400}`, `{"access_token":1}`, `[`, `{"expires_in":NaN}`,
		`{"access_token":"a\n","token_type":"DPoP","expires_in":1}`, `{"error":"invalid_client","error_description":"5204731600014784"}`,
	} {
		f.Add(200, body)
		f.Add(400, body)
	}

	f.Fuzz(func(t *testing.T, status int, body string) {
		server := &endpoint{answer: func(int, *http.Request) (int, string, http.Header) { return status, body, nil }}
		source := newSource(t, server)

		token, err := source.Token(t.Context(), client(), scopes())
		if (token == nil) == (err == nil) {
			t.Fatal("neither a token nor an error, or both")
		}

		if err != nil {
			if len(err.Error()) > 4000 || strings.Contains(err.Error(), "5204731600014784") {
				t.Fatal(err)
			}

			return
		}

		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}

		if _, err := source.Authorize(request, token); err != nil {
			t.Fatal(err)
		}

		if value := request.Header.Get("Authorization"); strings.ContainsAny(value, "\r\n\x00") || time.Until(token.Expires()) > 24*time.Hour {
			t.Fatalf("%q", value)
		}
	})
}

// Whatever stands in the headers of an answer, a nonce is one that a proof can hold, and a challenge has a known code.
func FuzzChallenge(f *testing.F) {
	for _, value := range []string{
		`DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"`,
		`Dpop error:"insufficient_scope", error_description:"x", algs:"ES256 PS256"`, `Bearer realm="a, b", error=invalid_token`,
		`OAuth realm="x", DPoP algs="ES256", error="invalid_token"`, `DPoP error="invalid\_token`, `DPoP ,,,=`, `DPoP error`, "",
	} {
		f.Add(value, value)
	}

	f.Fuzz(func(t *testing.T, challenge, nonce string) {
		found, ok := oauth2.ChallengeIn(http.Header{"Www-Authenticate": {challenge}, "Dpop": {challenge}})
		if ok != oauth2.IsCode(found.Code) || len(found.Description) > 500 {
			t.Fatalf("%+v", found)
		}

		source := newSource(t, &endpoint{})
		if learned := source.TakeNonce(http.Header{"Dpop-Nonce": {nonce}}); learned != (source.Nonce() == nonce && nonce != "") {
			t.Fatalf("%q", source.Nonce())
		}

		if strings.ContainsAny(source.Nonce(), "\"\\\r\n ") {
			t.Fatalf("%q", source.Nonce())
		}
	})
}
