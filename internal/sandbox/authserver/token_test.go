package authserver_test

import (
	"crypto"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox/authserver"
)

func code(t *testing.T, answer authserver.Answer) string {
	t.Helper()

	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}

	text, err := json.Marshal(answer.Body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &body))
	require.NotEmpty(t, body.Description, body.Error)

	return body.Error + ": " + body.Description
}

func TestATokenIsGivenToWhoAsksRight(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(*ask){
		"ES256":                      nil,
		"PS256":                      func(a *ask) { a.key, a.proofKey = testKeys().rsa, testKeys().rsa },
		"one key each":               func(a *ask) { a.key, a.proofKey = testKeys().rsa, testKeys().other },
		"a charset":                  func(a *ask) { a.contentType += "; charset=utf-8" },
		"a scope that is not known":  func(a *ask) { a.form.Set("scope", "sandbox:enroll other:scope") },
		"a proof without exp":        func(a *ask) { delete(a.proof, "exp") },
		"a clock that is a bit fast": func(a *ask) { a.proof["iat"] = a.proof["iat"].(int64) + 4 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			f := setup()
			answer := f.token(t, f.ask(change))
			require.Equal(t, http.StatusOK, answer.Status, "%+v", answer.Body)
			require.Empty(t, answer.Header.Get("DPoP-Nonce"))

			text, err := json.Marshal(answer.Body)
			require.NoError(t, err)
			require.Regexp(t, `^\{"access_token":"[\w-]{43}","token_type":"DPoP","expires_in":900,"scope":"sandbox:enroll"\}$`, string(text))
		})
	}
}

func set(of func(*ask) members, name string, value any) func(*ask) {
	return func(a *ask) {
		if value == nil {
			delete(of(a), name)
		} else {
			of(a)[name] = value
		}
	}
}

func header(a *ask) members      { return a.header }
func claims(a *ask) members      { return a.claims }
func proofHeader(a *ask) members { return a.proofHeader }
func proofClaims(a *ask) members { return a.proof }

func twice(name string) func(*ask) {
	return func(a *ask) { a.request = func(r *http.Request) { r.Header.Add(name, "x") } }
}

func TestATokenIsRefused(t *testing.T) {
	t.Parallel()

	at := setup().now.Unix()
	public, _ := jwk(testKeys().ec)
	withPrivate := members{"kty": "EC", "crv": "P-256", "x": public["x"], "y": public["y"], "d": "AAAA"}
	p384, _ := jwk(testKeys().p384)
	offCurve := members{"kty": "EC", "crv": "P-256", "x": public["y"], "y": public["x"]}

	for name, c := range map[string]struct {
		change func(*ask)
		want   string
	}{
		"GET":                 {func(a *ask) { a.method = http.MethodGet; a.proof["htm"] = "GET" }, "invalid_request: the method"},
		"a query":             {func(a *ask) { a.query = "?a=b" }, "invalid_request: there is a query"},
		"two content types":   {twice("Content-Type"), "invalid_request: the header Content-Type"},
		"two Accepts":         {twice("Accept"), "invalid_request: the header Accept"},
		"two proofs":          {twice("DPoP"), "invalid_request: the header DPoP"},
		"an Authorization":    {twice("Authorization"), "invalid_request: there is a header Authorization"},
		"JSON":                {func(a *ask) { a.contentType = "application/json" }, "invalid_request: the content type"},
		"no content type":     {func(a *ask) { a.contentType = "" }, "invalid_request: the content type"},
		"no Accept":           {func(a *ask) { a.request = func(r *http.Request) { r.Header.Del("Accept") } }, "invalid_request: the header Accept"},
		"Accept of anything":  {func(a *ask) { a.request = func(r *http.Request) { r.Header.Set("Accept", "*/*") } }, "invalid_request: the header Accept"},
		"no form":             {func(a *ask) { a.body = "%zz" }, "invalid_request: the body"},
		"no client_id":        {func(a *ask) { a.form.Del("client_id") }, "invalid_request: client_id"},
		"two client_ids":      {func(a *ask) { a.form.Add("client_id", clientID) }, "invalid_request: client_id"},
		"no scope":            {func(a *ask) { a.form.Del("scope") }, "invalid_request: scope"},
		"no assertion":        {func(a *ask) { a.form.Set("client_assertion", "") }, "invalid_request: client_assertion"},
		"another grant":       {func(a *ask) { a.form.Set("grant_type", "password") }, "unsupported_grant_type"},
		"another assertion":   {func(a *ask) { a.form.Set("client_assertion_type", "saml") }, "invalid_client: client_assertion_type"},
		"no known scope":      {func(a *ask) { a.form.Set("scope", "other:scope") }, "invalid_scope"},
		"another client_id":   {func(a *ask) { a.form.Set("client_id", "client-2") }, "invalid_client: the client or its kid"},
		"another kid":         {set(header, "kid", "key-2"), "invalid_client: the client or its kid"},
		"no kid":              {set(header, "kid", nil), "invalid_client: the client or its kid"},
		"no typ":              {set(header, "typ", nil), "invalid_client: typ"},
		"another's signature": {func(a *ask) { a.key = testKeys().other }, "invalid_client: client_assertion signature"},
		"RS256":               {func(a *ask) { a.key = testKeys().rsa; a.header["alg"] = "RS256" }, "invalid_client: client_assertion signature"},
		"none":                {set(header, "alg", "none"), "invalid_client: client_assertion signature"},
		"PS256 of an EC key":  {set(header, "alg", "PS256"), "invalid_client: client_assertion signature"},
		"crit":                {set(header, "crit", []string{"x"}), "invalid_client: client_assertion signature"},
		"a changed payload": {func(a *ask) {
			a.editAssertion = func(s string) string { return strings.Replace(s, ".", ".eyJ4IjoxfQ.", 1) }
		}, "invalid_client: client_assertion couldn't be read"},
		"two parts":               {func(a *ask) { a.editAssertion = func(s string) string { return s[:strings.LastIndex(s, ".")] } }, "invalid_client: client_assertion couldn't be read"},
		"a signature cut":         {func(a *ask) { a.editAssertion = func(s string) string { return s[:len(s)-2] } }, "invalid_client: client_assertion signature"},
		"another issuer":          {set(claims, "iss", "client-2"), "invalid_client: iss and sub"},
		"another subject":         {set(claims, "sub", "client-2"), "invalid_client: iss and sub"},
		"no subject":              {set(claims, "sub", nil), "invalid_client: iss and sub"},
		"another audience":        {set(claims, "aud", "https://api.example"), "invalid_client: aud"},
		"the endpoint for aud":    {set(claims, "aud", base+authserver.TokenPath), "invalid_client: aud"},
		"a list for aud":          {set(claims, "aud", []string{base}), "invalid_client: aud"},
		"expired":                 {set(claims, "exp", at), "invalid_client: client_assertion: it has expired"},
		"good for an hour":        {set(claims, "exp", at+3600), "invalid_client: client_assertion: it expires too late"},
		"no exp":                  {set(claims, "exp", nil), "invalid_client: client_assertion: it has no exp"},
		"exp in words":            {set(claims, "exp", "soon"), "invalid_client: client_assertion: it has no exp"},
		"exp with a fraction":     {set(claims, "exp", 1.5), "invalid_client: client_assertion: its exp"},
		"not good yet":            {set(claims, "nbf", at+10), "invalid_client: client_assertion: it is not good yet"},
		"no nbf":                  {set(claims, "nbf", nil), "invalid_client: client_assertion: it has no nbf"},
		"made in the future":      {set(claims, "iat", at+60), "invalid_client: client_assertion: it was made in the future"},
		"no iat":                  {set(claims, "iat", nil), "invalid_client: client_assertion: it has no iat"},
		"no jti":                  {set(claims, "jti", nil), "invalid_client: jti"},
		"no proof":                {func(a *ask) { a.request = func(r *http.Request) { r.Header.Del("DPoP") } }, "invalid_dpop_proof: there is not one"},
		"a proof that is none":    {func(a *ask) { a.editProof = func(string) string { return "x.y.z" } }, "invalid_dpop_proof: the proof couldn't be read"},
		"a proof of another type": {set(proofHeader, "typ", "JWT"), "invalid_dpop_proof: typ"},
		"a proof without jwk":     {set(proofHeader, "jwk", 1), "invalid_dpop_proof: jwk"},
		"a private jwk":           {set(proofHeader, "jwk", withPrivate), "invalid_dpop_proof: jwk: it has the private member d"},
		"a jwk of P-384":          {set(proofHeader, "jwk", p384), "invalid_dpop_proof: jwk: it is not a key of P-256"},
		"a jwk off the curve":     {set(proofHeader, "jwk", offCurve), "invalid_dpop_proof: jwk: it is not a point"},
		"a symmetric jwk":         {set(proofHeader, "jwk", members{"kty": "oct", "k": "AAAA"}), "invalid_dpop_proof: jwk: it has the private member k"},
		"a short jwk of RSA":      {set(proofHeader, "jwk", members{"kty": "RSA", "n": "AAAB", "e": "AQAB"}), "invalid_dpop_proof: jwk: it is not an RSA key"},
		"another kid of a proof":  {set(proofHeader, "kid", keyID), "invalid_dpop_proof: kid"},
		"another alg of a proof":  {set(proofHeader, "alg", "PS256"), "invalid_dpop_proof: the signature"},
		"a proof changed":         {func(a *ask) { a.editProof = func(s string) string { return s[:len(s)-4] + "AAAA" } }, "invalid_dpop_proof: the signature"},
		"another method":          {set(proofClaims, "htm", "GET"), "invalid_dpop_proof: htm"},
		"another address":         {set(proofClaims, "htu", target), "invalid_dpop_proof: htu"},
		"an address with query":   {set(proofClaims, "htu", base+authserver.TokenPath+"?a"), "invalid_dpop_proof: htu"},
		"an old proof":            {set(proofClaims, "iat", at-121), "invalid_dpop_proof: iat"},
		"a proof of tomorrow":     {set(proofClaims, "iat", at+86400), "invalid_dpop_proof: iat"},
		"a proof without iat":     {set(proofClaims, "iat", nil), "invalid_dpop_proof: it has no iat"},
		"a proof that expired":    {set(proofClaims, "exp", at), "invalid_dpop_proof: it has expired"},
		"a proof without jti":     {set(proofClaims, "jti", nil), "invalid_dpop_proof: jti"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			f := setup()
			answer := f.token(t, f.ask(c.change))
			require.Equal(t, http.StatusBadRequest, answer.Status, "%+v", answer.Body)
			require.Contains(t, code(t, answer), c.want)
		})
	}
}

// Another's key that says it is ours: the JWK decides, and who has not signed with it is refused.
func TestAProofOfAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()

	f := setup()
	public, thumbprint := jwk(testKeys().ec)
	answer := f.token(t, f.ask(func(a *ask) {
		a.proofKey, a.proofHeader["jwk"], a.proofHeader["kid"] = testKeys().other, public, thumbprint
	}))
	require.Contains(t, code(t, answer), "invalid_dpop_proof: the signature")
}

func TestNeitherAnAssertionNorAProofIsTakenTwice(t *testing.T) {
	t.Parallel()

	f := setup()
	first := f.ask(nil)
	require.Equal(t, http.StatusOK, f.token(t, first).Status)

	answer := f.token(t, f.ask(func(a *ask) { a.claims["jti"] = first.claims["jti"] }))
	require.Contains(t, code(t, answer), "invalid_client: jti")

	answer = f.token(t, f.ask(func(a *ask) { a.proof["jti"] = first.proof["jti"] }))
	require.Contains(t, code(t, answer), "invalid_dpop_proof: jti")
}

func TestATokenNeedsANonceWhereOneIsRequired(t *testing.T) {
	t.Parallel()

	f := setup(func(o *authserver.Options) { o.RequireNonce, o.NonceLifetime = true, time.Minute })
	with := func(nonce string) authserver.Answer { return f.token(t, f.ask(set(proofClaims, "nonce", nonce))) }

	answer := f.token(t, f.ask(nil))
	require.Contains(t, code(t, answer), "use_dpop_nonce")

	first := answer.Header.Get("DPoP-Nonce")
	require.NotEmpty(t, first)
	require.Contains(t, code(t, with("made-up")), "use_dpop_nonce")
	require.Equal(t, "200 token", with(first).Result)

	f.now = f.now.Add(time.Minute)
	second := with(first).Header.Get("DPoP-Nonce")
	require.NotEqual(t, first, second, "each answer brings the newest")
	require.Equal(t, "200 token", with(first).Result, "the one before is good as well")

	f.now = f.now.Add(time.Minute)
	require.Equal(t, "200 token", with(second).Result)
	require.Contains(t, code(t, with(first)), "use_dpop_nonce")
	require.Contains(t, code(t, with(f.server.Nonce())), "use_dpop_nonce", "the API's nonce is another")
}

func TestAnIssuerOfItsOwn(t *testing.T) {
	t.Parallel()

	f := setup(func(o *authserver.Options) { o.Issuer = "https://issuer.example" })
	require.Contains(t, code(t, f.token(t, f.ask(nil))), "invalid_client: aud")
	require.Equal(t, "200 token", f.token(t, f.ask(set(claims, "aud", "https://issuer.example"))).Result)
}

func TestAClientWithEitherOfTwoKeys(t *testing.T) {
	t.Parallel()

	f := setup(func(o *authserver.Options) {
		o.Clients[0].Keys = []crypto.PublicKey{&testKeys().other.PublicKey}
		o.Clients = append(o.Clients, authserver.Client{
			ID: clientID, KID: "key-2", Keys: []crypto.PublicKey{&testKeys().ec.PublicKey}, Name: "the same",
		})
	})

	require.Contains(t, code(t, f.token(t, f.ask(nil))), "invalid_client: client_assertion signature")
	require.Equal(t, "200 token", f.token(t, f.ask(set(header, "kid", "key-2"))).Result)
	require.Equal(t, "200 token", f.token(t, f.ask(func(a *ask) { a.key = testKeys().other })).Result)
}
