package oauth2_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// clock is when these tests take place.
var clock = time.Date(2026, time.November, 27, 9, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant, but for its type

func fixed(c *oauth2.Config) { c.Now = func() time.Time { return clock } }

func TestARequestForATokenIsAsMastercardsClientsSendIt(t *testing.T) {
	t.Parallel()

	for algorithm, private := range map[string]any{"PS256": rsaKey(), "ES256": ecKey()} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()

			server, key := &endpoint{}, must(oauth2.NewKey(private))
			source := newSource(t, server, fixed, func(c *oauth2.Config) { c.ProofKey = key })

			_, err := source.Token(t.Context(), oauth2.Client{ID: "client-1", KID: "key-1", Key: key}, []string{"b:2", "a:1"})
			require.NoError(t, err)

			request, form := server.asked[0], server.forms[0]
			require.Equal(t, http.MethodPost, request.Method)
			require.Equal(t, oauth2.SandboxTokenURL, request.URL.String())
			require.Equal(t, "application/x-www-form-urlencoded", request.Header.Get("Content-Type"))
			require.Equal(t, "application/json", request.Header.Get("Accept"))
			require.NotEmpty(t, request.Header.Get("User-Agent"))
			require.Empty(t, request.Header.Get("Authorization"))

			require.Len(t, form, 5)
			require.Equal(t, "client-1", form.Get("client_id"))
			require.Equal(t, "client_credentials", form.Get("grant_type"))
			require.Equal(t, "a:1 b:2", form.Get("scope"))
			require.Equal(t, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", form.Get("client_assertion_type"))

			assertion := opened(t, form.Get("client_assertion"), publicOf(private))
			require.Equal(t, algorithm, assertion.header.Algorithm)
			require.Equal(t, "key-1", assertion.header.KeyID)
			require.Equal(t, "JWT", assertion.header.ExtraHeaders["typ"])
			require.Nil(t, assertion.header.JSONWebKey)
			require.Regexp(t, `^[\w-]{16}$`, assertion.claims["jti"])
			delete(assertion.claims, "jti")
			require.Equal(t, map[string]any{
				"iss": "client-1", "sub": "client-1", "aud": oauth2.SandboxIssuer,
				"iat": float64(clock.Unix()), "exp": float64(clock.Unix() + 95), "nbf": float64(clock.Unix() - 5),
			}, assertion.claims)

			proof := opened(t, request.Header.Get("DPoP"), publicOf(private))
			require.Equal(t, algorithm, proof.header.Algorithm)
			require.Equal(t, "dpop+jwt", proof.header.ExtraHeaders["typ"])
			require.Equal(t, key.Thumbprint(), proof.header.KeyID)
			require.True(t, proof.header.JSONWebKey.IsPublic())
			require.Equal(t, thumbprint(t, private), key.Thumbprint())
			delete(proof.claims, "jti")
			require.Equal(t, map[string]any{
				"htm": "POST", "htu": oauth2.SandboxTokenURL, "iat": float64(clock.Unix()), "exp": float64(clock.Unix() + 95),
			}, proof.claims)
		})
	}
}

func publicOf(private any) any { return private.(crypto.Signer).Public() }

func thumbprint(t *testing.T, private any) string {
	t.Helper()

	sum, err := (&jose.JSONWebKey{Key: publicOf(private)}).Thumbprint(crypto.SHA256)
	require.NoError(t, err)

	return base64.RawURLEncoding.EncodeToString(sum)
}

// The hash of the token is that of Mastercard's own test.
func TestTheHashOfATokenIsThePublishedOne(t *testing.T) {
	t.Parallel()

	server := &endpoint{answer: func(int, *http.Request) (int, string, http.Header) {
		return http.StatusOK, `{"access_token":"sample_access_token","token_type":"DPoP","expires_in":900}`, nil
	}}
	source := newSource(t, server, fixed)
	token := must(source.Token(t.Context(), client(), scopes()))

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example:8443/a/b%2Fc?query=1#part", http.NoBody)
	require.NoError(t, err)

	var before string

	for range 2 {
		_, err = source.Authorize(request, token)
		require.NoError(t, err)
		require.Equal(t, []string{"DPoP sample_access_token"}, request.Header.Values("Authorization"))
		require.Len(t, request.Header.Values("DPoP"), 1)

		proof := opened(t, request.Header.Get("DPoP"), &ecKey().PublicKey)
		require.NotEqual(t, before, proof.claims["jti"], "each sending has a proof of its own")
		before = proof.claims["jti"].(string)
		delete(proof.claims, "jti")
		require.Equal(t, map[string]any{
			"htm": "GET", "htu": "https://api.example:8443/a/b%2Fc", "iat": float64(clock.Unix()), "exp": float64(clock.Unix() + 95),
			"ath": "bvfMxCVzmPZ0NTqtpvm0_13Jq7zDrBLZYawDcKVGN34",
		}, proof.claims)
	}
}

func TestTheNewestNonceOfEachServerIsUsed(t *testing.T) {
	t.Parallel()

	server := &endpoint{answer: func(nth int, _ *http.Request) (int, string, http.Header) {
		return http.StatusOK, answerOf(900), http.Header{"Dpop-Nonce": {fmt.Sprintf("server-%d", nth)}}
	}}
	source := newSource(t, server)

	nonceOf := func(proof string) any { return opened(t, proof, &ecKey().PublicKey).claims["nonce"] }
	ofAPI := func() any {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.example/cards", http.NoBody)
		require.NoError(t, err)
		_, err = source.Authorize(request, must(source.Token(t.Context(), client(), scopes())))
		require.NoError(t, err)

		return nonceOf(request.Header.Get("DPoP"))
	}

	require.Nil(t, ofAPI(), "the authorization server's is not the API's")
	require.Nil(t, nonceOf(server.asked[0].Header.Get("DPoP")))

	source.TakeNonce(http.Header{"Dpop-Nonce": {"api-1"}})
	source.TakeNonce(http.Header{"Dpop-Nonce": {"api-2"}})
	require.Equal(t, "api-2", ofAPI())

	for name, header := range map[string]http.Header{
		"none": {}, "two": {"Dpop-Nonce": {"a", "b"}}, "empty": {"Dpop-Nonce": {""}}, "a quote": {"Dpop-Nonce": {`a"b`}},
		"a blank": {"Dpop-Nonce": {"a b"}}, "too long": {"Dpop-Nonce": {strings.Repeat("a", 1025)}}, "not ASCII": {"Dpop-Nonce": {"é"}},
	} {
		require.False(t, source.TakeNonce(header), name)
		require.Equal(t, "api-2", ofAPI(), name)
	}

	source.Discard(must(source.Token(t.Context(), client(), scopes())))
	_ = ofAPI()
	require.Equal(t, "server-1", nonceOf(server.asked[1].Header.Get("DPoP")))
}

func TestTheTokenEndpointMayAskForItsNonceOnce(t *testing.T) {
	t.Parallel()

	refusal := func(nonce string) (int, string, http.Header) {
		header := http.Header{}
		if nonce != "" {
			header.Set("DPoP-Nonce", nonce)
		}

		return http.StatusBadRequest, `{"error":"use_dpop_nonce"}`, header
	}

	server := &endpoint{answer: func(nth int, _ *http.Request) (int, string, http.Header) {
		if nth == 1 {
			return refusal("n-1")
		}

		return http.StatusOK, answerOf(900), nil
	}}

	_, err := newSource(t, server).Token(t.Context(), client(), scopes())
	require.NoError(t, err)
	require.Equal(t, 2, server.count())
	require.Equal(t, "n-1", opened(t, server.asked[1].Header.Get("DPoP"), &ecKey().PublicKey).claims["nonce"])
	require.NotEqual(t, server.forms[0].Get("client_assertion"), server.forms[1].Get("client_assertion"), "an assertion is good once")

	always := &endpoint{answer: func(int, *http.Request) (int, string, http.Header) { return refusal("n") }}
	_, err = newSource(t, always).Token(t.Context(), client(), scopes())
	require.ErrorContains(t, err, "use_dpop_nonce")
	require.Equal(t, 2, always.count())

	without := &endpoint{answer: func(int, *http.Request) (int, string, http.Header) { return refusal("") }}
	_, err = newSource(t, without).Token(t.Context(), client(), scopes())
	require.ErrorContains(t, err, "use_dpop_nonce")
	require.Equal(t, 1, without.count())
}

func TestAnswersThatBringNoToken(t *testing.T) {
	t.Parallel()

	const pan = "5204731600014784"

	for name, c := range map[string]struct {
		status int
		body   string
		code   string
		says   string
	}{
		"refused":             {400, `{"error":"invalid_client","error_description":"client_assertion signature couldn't be verified"}`, "invalid_client", "client_assertion signature couldn't be verified"},
		"refused with a PAN":  {400, `{"error":"invalid_scope","error_description":"of ` + pan + ` and eyJhbGciOiJQUzI1NiJ9.e30.c2ln"}`, "invalid_scope", "[token]"},
		"refused at length":   {401, `{"error":"invalid_client","error_description":"` + strings.Repeat("é", 9000) + `"}`, "invalid_client", "…"},
		"an unknown code":     {400, `{"error":"made_up","error_description":"secret"}`, "", "in no shape"},
		"a page":              {403, `<html>login</html>`, "", "in no shape"},
		"a redirect":          {302, ``, "", "302"},
		"nothing":             {200, ``, "", "not JSON"},
		"a page as success":   {200, `<html>login</html>`, "", "not JSON"},
		"something behind it": {200, answerOf(900) + "x", "", "not JSON"},
		"a list":              {200, `[]`, "", "not JSON"},
		"no token":            {200, `{"token_type":"DPoP","expires_in":900}`, "", "no access_token"},
		"a bearer token":      {200, `{"access_token":"a","token_type":"Bearer","expires_in":900}`, "", "token_type is not DPoP"},
		"no type":             {200, `{"access_token":"a","expires_in":900}`, "", "token_type is not DPoP"},
		"no life":             {200, `{"access_token":"a","token_type":"DPoP"}`, "", "no expires_in"},
		"a life of nothing":   {200, `{"access_token":"a","token_type":"DPoP","expires_in":0}`, "", "less than a second"},
		"a negative life":     {200, `{"access_token":"a","token_type":"DPoP","expires_in":-5}`, "", "less than a second"},
		"a life in words":     {200, `{"access_token":"a","token_type":"DPoP","expires_in":"soon"}`, "", "not JSON"},
		"a token with a line": {200, `{"access_token":"a\r\nX: y","token_type":"DPoP","expires_in":900}`, "", "no header can hold"},
		"a token too long":    {200, `{"access_token":"` + strings.Repeat("a", 17<<10) + `","token_type":"DPoP","expires_in":900}`, "", "longer than"},
		"an answer too long":  {200, `{"access_token":"a","x":"` + strings.Repeat("a", 65<<10) + `"}`, "", "more than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			server := &endpoint{answer: func(int, *http.Request) (int, string, http.Header) { return c.status, c.body, nil }}
			_, err := newSource(t, server).Token(t.Context(), client(), scopes())

			var refused *oauth2.Refusal
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.status, refused.Status)
			require.Equal(t, c.code, refused.Code)
			require.Contains(t, err.Error(), c.says)
			require.NotContains(t, err.Error(), pan)
			require.NotContains(t, err.Error(), "secret")
			require.NotContains(t, err.Error(), "login")
			require.LessOrEqual(t, len([]rune(refused.Description)), 500)
			require.Equal(t, 1, server.count(), "no redirect is followed, and nothing is repeated")
		})
	}
}

func TestALongLifeIsBounded(t *testing.T) {
	t.Parallel()

	server := &endpoint{answer: func(int, *http.Request) (int, string, http.Header) {
		return http.StatusOK, `{"access_token":"a","token_type":"dpop","expires_in":1e300}`, nil
	}}
	token := must(newSource(t, server, fixed).Token(t.Context(), client(), scopes()))
	require.Equal(t, clock.Add(24*time.Hour), token.Expires())
}

func TestKeysAndTokensHideThemselves(t *testing.T) {
	t.Parallel()

	source := newSource(t, &endpoint{}, fixed)
	token := must(source.Token(t.Context(), client(), scopes()))
	key := must(oauth2.NewKey(ecKey()))

	var out bytes.Buffer

	logger := slog.New(slog.NewJSONHandler(&out, nil))

	for _, value := range []any{token, *token, key, *key, client(), source, []any{token, key}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb, value)
		}

		logger.Info("said", "value", value)

		text, _ := json.Marshal(value)
		out.Write(text)
	}

	secret := new(big.Int).SetBytes(must(ecKey().Bytes()))
	for _, hidden := range []string{accessToken, secret.String(), secret.Text(16)} {
		require.NotContains(t, out.String(), hidden)
	}

	require.Equal(t, "was [access token].", string(token.Redact([]byte("was "+accessToken+"."))))
	require.NotPanics(t, func() { _ = fmt.Sprint((*oauth2.Key)(nil), (*oauth2.Token)(nil)) })
}
