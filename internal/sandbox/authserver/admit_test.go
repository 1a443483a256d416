package authserver_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox/authserver"
)

func TestACallWithATokenIsAdmitted(t *testing.T) {
	t.Parallel()

	f := setup()
	token := f.granted(t, nil)

	for range 2 { // a token is good for many calls, each with a proof of its own
		client, refused := f.admit(t, token, nil)
		require.Nil(t, refused)
		require.Equal(t, "the client", client)
	}

	token = f.granted(t, func(a *ask) { a.key, a.proofKey = testKeys().rsa, testKeys().rsa })
	_, refused := f.admit(t, token, func(c *call) { c.key = testKeys().rsa })
	require.Nil(t, refused)
}

func TestACallIsRefused(t *testing.T) {
	t.Parallel()

	at := setup().now.Unix()
	claim := func(name string, value any) func(*call) {
		return func(c *call) {
			if value == nil {
				delete(c.proof, name)
			} else {
				c.proof[name] = value
			}
		}
	}
	sent := func(change func(http.Header)) func(*call) {
		return func(c *call) { c.request = func(r *http.Request) { change(r.Header) } }
	}

	for name, c := range map[string]struct {
		change func(*call)
		status int
		want   string
	}{
		"two Authorizations":    {sent(func(h http.Header) { h.Add("Authorization", "DPoP x") }), 400, "invalid_request: there is not one header Authorization"},
		"no Authorization":      {sent(func(h http.Header) { h.Del("Authorization") }), 400, "invalid_request: there is not one header Authorization"},
		"Bearer":                {sent(func(h http.Header) { h.Set("Authorization", "Bearer x") }), 400, "invalid_request: the scheme"},
		"an empty token":        {sent(func(h http.Header) { h.Set("Authorization", "DPoP ") }), 400, "invalid_request: the scheme"},
		"another token":         {func(c *call) { c.token = "made-up" }, 401, "invalid_token: the access token is not known"},
		"no proof":              {sent(func(h http.Header) { h.Del("DPoP") }), 401, "invalid_dpop_proof: there is not one"},
		"two proofs":            {sent(func(h http.Header) { h.Add("DPoP", "x") }), 401, "invalid_dpop_proof: there is not one"},
		"another key":           {func(c *call) { c.key = testKeys().other }, 401, "invalid_token: the access token is bound to another key"},
		"another type":          {func(c *call) { c.header["typ"] = "JWT" }, 401, "invalid_dpop_proof: typ"},
		"a signature changed":   {func(c *call) { c.editProof = func(s string) string { return s[:len(s)-4] + "AAAA" } }, 401, "invalid_dpop_proof: the signature"},
		"another method":        {claim("htm", "GET"), 401, "invalid_dpop_proof: htm"},
		"another address":       {claim("htu", base+"/other"), 401, "invalid_dpop_proof: htu"},
		"an address with query": {claim("htu", target+"?a=b"), 401, "invalid_dpop_proof: htu"},
		"an old proof":          {claim("iat", at-121), 401, "invalid_dpop_proof: iat"},
		"a proof of tomorrow":   {claim("iat", at+86400), 401, "invalid_dpop_proof: iat"},
		"an expired proof":      {claim("exp", at), 401, "invalid_dpop_proof: it has expired"},
		"exp in words":          {claim("exp", "soon"), 401, "invalid_dpop_proof: it has no exp"},
		"no jti":                {claim("jti", nil), 401, "invalid_dpop_proof: jti"},
		"no ath":                {claim("ath", nil), 401, "invalid_dpop_proof: ath"},
		"another ath":           {claim("ath", "bvfMxCVzmPZ0NTqtpvm0_13Jq7zDrBLZYawDcKVGN34"), 401, "invalid_dpop_proof: ath"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			f := setup()
			_, refused := f.admit(t, f.granted(t, nil), c.change)
			require.NotNil(t, refused)
			require.Equal(t, c.status, refused.Status)
			require.Contains(t, code(t, *refused), c.want)
			require.Contains(t, refused.Header.Get("WWW-Authenticate"), `DPoP error="`)
		})
	}
}

func TestAProofIsTakenOnce(t *testing.T) {
	t.Parallel()

	f := setup()
	token := f.granted(t, nil)
	same := func(c *call) { c.proof["jti"] = "the same" }

	_, refused := f.admit(t, token, same)
	require.Nil(t, refused)

	_, refused = f.admit(t, token, same)
	require.Contains(t, code(t, *refused), "invalid_dpop_proof: jti")
}

func TestATokenEnds(t *testing.T) {
	t.Parallel()

	f := setup(func(o *authserver.Options) { o.TokenLifetime = time.Minute })
	token := f.granted(t, nil)

	f.now = f.now.Add(time.Minute - time.Nanosecond)
	_, refused := f.admit(t, token, nil)
	require.Nil(t, refused)

	f.now = f.now.Add(time.Nanosecond)
	_, refused = f.admit(t, token, nil)
	require.Contains(t, code(t, *refused), "invalid_token")

	token = f.granted(t, nil)
	f.server.RevokeTokens()
	_, refused = f.admit(t, token, nil)
	require.Contains(t, code(t, *refused), "invalid_token")
}

func TestACallNeedsItsScope(t *testing.T) {
	t.Parallel()

	f := setup()
	token := f.granted(t, func(a *ask) { a.form.Set("scope", "sandbox:read") })

	_, refused := f.admit(t, token, nil)
	require.Equal(t, http.StatusForbidden, refused.Status)
	require.Contains(t, code(t, *refused), "insufficient_scope")
	require.Contains(t, refused.Header.Get("WWW-Authenticate"), `Dpop error:"insufficient_scope"`)
}

func TestACallNeedsANonceWhereOneIsRequired(t *testing.T) {
	t.Parallel()

	f := setup(func(o *authserver.Options) { o.RequireNonce = true })
	answer := f.token(t, f.ask(nil))
	token := f.granted(t, set(proofClaims, "nonce", answer.Header.Get("DPoP-Nonce")))

	_, refused := f.admit(t, token, nil)
	require.Contains(t, code(t, *refused), "use_dpop_nonce")
	require.Equal(t, f.server.Nonce(), refused.Header.Get("DPoP-Nonce"))

	_, refused = f.admit(t, token, func(c *call) { c.proof["nonce"] = f.server.Nonce() })
	require.Nil(t, refused)
}
