package oauth2_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// The keys of all tests: making one of RSA takes a good part of a second.
//
//nolint:gochecknoglobals // see above
var (
	rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	ecKey  = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
)

func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}

	return made
}

const accessToken = "eyJhbGciOiJub25lIn0.access-token.of-the-tests"

func client() oauth2.Client {
	return oauth2.Client{ID: "client-1", KID: "key-1", Key: must(oauth2.NewKey(ecKey()))}
}

// endpoint is a token endpoint of the test's, and keeps what it was asked.
type endpoint struct {
	mu     sync.Mutex
	asked  []*http.Request
	forms  []url.Values
	answer func(nth int, r *http.Request) (status int, body string, header http.Header)
	err    func(nth int) error
}

func (e *endpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))

	e.mu.Lock()
	defer e.mu.Unlock()

	e.asked, e.forms = append(e.asked, r), append(e.forms, form)
	nth := len(e.asked)

	if e.err != nil {
		if err := e.err(nth); err != nil {
			return nil, err
		}
	}

	status, text, header := http.StatusOK, answerOf(900), http.Header{}
	if e.answer != nil {
		status, text, header = e.answer(nth, r)
	}

	if header == nil {
		header = http.Header{}
	}

	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func (e *endpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()

	return len(e.asked)
}

func answerOf(seconds int) string {
	text, _ := json.Marshal(map[string]any{
		"access_token": accessToken, "token_type": "DPoP", "expires_in": seconds, "scope": "service:scope1",
	})

	return string(text)
}

func newSource(tb testing.TB, at http.RoundTripper, changes ...func(*oauth2.Config)) *oauth2.Source {
	tb.Helper()

	config := oauth2.Config{
		TokenURL: oauth2.SandboxTokenURL, Issuer: oauth2.SandboxIssuer, ProofKey: must(oauth2.NewKey(ecKey())), Transport: at,
	}
	for _, change := range changes {
		change(&config)
	}

	source, err := oauth2.New(config)
	require.NoError(tb, err)

	return source
}

// jws is a token that was signed, read by the library that made it; the sandbox has a reader of its own.
type jws struct {
	header jose.Header
	claims map[string]any
}

func opened(t *testing.T, token string, key any) jws {
	t.Helper()

	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.PS256, jose.ES256})
	require.NoError(t, err)

	payload, err := signed.Verify(key)
	require.NoError(t, err)

	read := jws{header: signed.Signatures[0].Protected}
	require.NoError(t, json.Unmarshal(payload, &read.claims))

	return read
}
