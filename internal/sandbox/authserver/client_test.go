package authserver_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox/authserver"
)

// The test client is written from the RFCs alone, and signs with the standard library.

const (
	base     = "https://sandbox.example:8443"
	target   = base + "/cards"
	clientID = "client-1"
	keyID    = "key-1"
)

//nolint:gochecknoglobals // shared by all tests, never changed
var testKeys = sync.OnceValue(func() (keys struct {
	rsa, small      *rsa.PrivateKey
	ec, other, p384 *ecdsa.PrivateKey
}) {
	keys.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	keys.ec, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	keys.other, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	keys.p384, _ = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)

	return keys
})

type members = map[string]any

func b64(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

func encode(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}

	return b64(text)
}

// sign makes a compact JWS, whatever the header says.
func sign(key crypto.Signer, header, claims members) string {
	input := encode(header) + "." + encode(claims)
	sum := sha256.Sum256([]byte(input))

	if private, is := key.(*ecdsa.PrivateKey); is {
		r, s, err := ecdsa.Sign(rand.Reader, private, sum[:])
		if err != nil {
			panic(err)
		}

		return input + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	}

	options := crypto.SignerOpts(&rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256})
	if header["alg"] == "RS256" {
		options = crypto.SHA256
	}

	signature, err := key.Sign(rand.Reader, sum[:], options)
	if err != nil {
		panic(err)
	}

	return input + "." + b64(signature)
}

// jwk is the public key as a JWK, and its thumbprint.
func jwk(key crypto.Signer) (members, string) {
	var (
		public members
		form   string
	)

	switch key := key.Public().(type) {
	case *ecdsa.PublicKey:
		point, _ := key.Bytes()
		size := (len(point) - 1) / 2
		public = members{"kty": "EC", "crv": key.Params().Name, "x": b64(point[1 : 1+size]), "y": b64(point[1+size:])}
		form = `{"crv":"` + key.Params().Name + `","kty":"EC","x":"` + public["x"].(string) + `","y":"` + public["y"].(string) + `"}`
	case *rsa.PublicKey:
		public = members{"kty": "RSA", "n": b64(key.N.Bytes()), "e": "AQAB"}
		form = `{"e":"AQAB","kty":"RSA","n":"` + public["n"].(string) + `"}`
	}

	sum := sha256.Sum256([]byte(form))

	return public, b64(sum[:])
}

func algorithm(key crypto.Signer) string {
	if _, is := key.(*rsa.PrivateKey); is {
		return "PS256"
	}

	return "ES256"
}

// fixture is a server at a time that tests set.
type fixture struct {
	server *authserver.Server
	now    time.Time
}

func setup(change ...func(*authserver.Options)) *fixture {
	f := &fixture{now: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)}
	options := authserver.Options{
		Clients: []authserver.Client{{
			ID: clientID, KID: keyID, Keys: []crypto.PublicKey{&testKeys().rsa.PublicKey, &testKeys().ec.PublicKey}, Name: "the client",
		}},
		Scopes: []string{"sandbox:enroll", "sandbox:read"}, Now: func() time.Time { return f.now }, Random: rand.Reader,
	}

	for _, each := range change {
		each(&options)
	}

	f.server = authserver.New(options)

	return f
}

// ask is a request for a token before it is signed; changes make it wrong.
type ask struct {
	key, proofKey                    crypto.Signer
	header, claims                   members // of the assertion
	proofHeader, proof               members
	form                             url.Values
	request                          func(*http.Request)
	editAssertion, editProof         func(string) string
	method, query, contentType, body string
}

func (f *fixture) ask(change func(*ask)) *ask {
	a := &ask{
		key: testKeys().ec, proofKey: testKeys().ec, method: http.MethodPost, contentType: "application/x-www-form-urlencoded",
		header: members{"typ": "JWT", "kid": keyID},
		claims: members{
			"jti": rand.Text(), "iss": clientID, "sub": clientID, "aud": base,
			"iat": f.now.Unix(), "nbf": f.now.Unix() - 5, "exp": f.now.Unix() + 95,
		},
		proofHeader: members{"typ": "dpop+jwt"},
		proof:       f.claims(http.MethodPost, base+authserver.TokenPath),
		form: url.Values{
			"client_id": {clientID}, "grant_type": {"client_credentials"}, "scope": {"sandbox:enroll"},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		},
	}

	if change != nil {
		change(a)
	}

	return a
}

// claims are those of a proof.
func (f *fixture) claims(method, target string) members {
	return members{"jti": rand.Text(), "htm": method, "htu": target, "iat": f.now.Unix(), "exp": f.now.Unix() + 95}
}

// proved signs a proof, with the key's JWK where the test has set none.
func proved(key crypto.Signer, header, claims members) string {
	public, thumbprint := jwk(key)
	whole := members{"alg": algorithm(key), "kid": thumbprint, "jwk": public}
	maps.Copy(whole, header)

	return sign(key, whole, claims)
}

func edited(token string, edit func(string) string) string {
	if edit == nil {
		return token
	}

	return edit(token)
}

func (f *fixture) token(t *testing.T, a *ask) authserver.Answer {
	t.Helper()

	header := members{"alg": algorithm(a.key)}
	maps.Copy(header, a.header)

	if !a.form.Has("client_assertion") {
		a.form.Set("client_assertion", edited(sign(a.key, header, a.claims), a.editAssertion))
	}

	if a.body == "" {
		a.body = a.form.Encode()
	}

	r := httptest.NewRequestWithContext(t.Context(), a.method, base+authserver.TokenPath+a.query, strings.NewReader(a.body))
	r.Header.Set("Content-Type", a.contentType)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("DPoP", edited(proved(a.proofKey, a.proofHeader, a.proof), a.editProof))

	if a.request != nil {
		a.request(r)
	}

	return f.server.Token(r, base, []byte(a.body))
}

// granted gets a token.
func (f *fixture) granted(t *testing.T, change func(*ask)) string {
	t.Helper()

	answer := f.token(t, f.ask(change))
	require.Equal(t, "200 token", answer.Result, "%+v", answer.Body)

	var body struct {
		AccessToken string `json:"access_token"`
	}

	text, err := json.Marshal(answer.Body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &body))

	return body.AccessToken
}

// call is a call of the API.
type call struct {
	key           crypto.Signer
	header, proof members
	request       func(*http.Request)
	editProof     func(string) string
	token         string
}

// admit calls the API with a token.
func (f *fixture) admit(t *testing.T, token string, change func(*call)) (client string, refused *authserver.Answer) {
	t.Helper()

	hash := sha256.Sum256([]byte(token))
	c := &call{key: testKeys().ec, token: token, header: members{"typ": "dpop+jwt"}, proof: f.claims(http.MethodPost, target)}
	c.proof["ath"] = b64(hash[:])

	if change != nil {
		change(c)
	}

	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target+"?a=b", http.NoBody)
	r.Header.Set("Authorization", "DPoP "+c.token)
	r.Header.Set("DPoP", edited(proved(c.key, c.header, c.proof), c.editProof))

	if c.request != nil {
		c.request(r)
	}

	require.True(t, authserver.IsFor(r))

	return f.server.Admit(r, target)
}
