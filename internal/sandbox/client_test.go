package sandbox_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// request is one call of the test client, which is written from RFC 5849 and the body hash draft
// and shares nothing with the verifier. Its zero hooks make a request as it should be.
type request struct {
	method string // POST when empty
	target string // path and query as sent; the cards' path when empty
	body   []byte

	key       *rsa.PrivateKey             // signs; the client's own when nil
	encodes   bool                        // header values percent-encoded, as RFC 5849 has it
	parameter func(map[string]string)     // changes what is signed
	finished  func(header string) string  // changes the header after signing
	sent      func(request *http.Request) // changes anything else after signing
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// build signs a request.
func (f *fixture) build(tb testing.TB, r request) *http.Request {
	tb.Helper()

	if r.method == "" {
		r.method = http.MethodPost
	}

	if r.target == "" {
		r.target = cardsPath
	}

	if r.key == nil {
		r.key = f.keys.signing
	}

	sum := sha256.Sum256(r.body)
	parameters := map[string]string{
		"oauth_consumer_key":     consumerKey,
		"oauth_nonce":            rand.Text(),
		"oauth_timestamp":        strconv.FormatInt(f.now().Unix(), 10),
		"oauth_signature_method": "RSA-SHA256",
		"oauth_version":          "1.0",
		"oauth_body_hash":        base64.StdEncoding.EncodeToString(sum[:]),
	}

	if r.encodes {
		for name, value := range parameters {
			parameters[name] = escape(value)
		}
	}

	if r.parameter != nil {
		r.parameter(parameters)
	}

	parameters["oauth_signature"] = escape(sign(tb, r.key, baseString(r.method, f.url, r.target, parameters)))

	header := authorizationHeader(parameters)
	if r.finished != nil {
		header = r.finished(header)
	}

	built, err := http.NewRequestWithContext(tb.Context(), r.method, f.url+r.target, bytes.NewReader(r.body))
	require.NoError(tb, err)

	if r.body != nil {
		built.Header.Set("Content-Type", "application/json")
	}

	if header != "" {
		built.Header.Set("Authorization", header)
	}

	plain, _ := url.PathUnescape(parameters["oauth_consumer_key"])
	if clientID, _, whole := strings.Cut(plain, "!"); whole {
		built.Header.Set("X-Openapi-Clientid", clientID)
	}

	if r.sent != nil {
		r.sent(built)
	}

	return built
}

// do sends a request and fails the test when no whole answer comes.
func (f *fixture) do(tb testing.TB, r request) answer {
	tb.Helper()

	got, err := f.try(tb, r)
	require.NoError(tb, err)

	return got
}

func (f *fixture) try(tb testing.TB, r request) (answer, error) {
	tb.Helper()

	response, err := f.http.Do(f.build(tb, r))
	if err != nil {
		return answer{}, fmt.Errorf("sending: %w", err)
	}
	defer response.Body.Close()

	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, fmt.Errorf("reading: %w", err)
	}

	return answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

func baseString(method, server, target string, parameters map[string]string) string {
	parsed, _ := url.Parse(server)
	path, query, _ := strings.Cut(target, "?")

	var pairs []string

	for pair := range strings.SplitSeq(query, "&") {
		if pair != "" {
			pairs = append(pairs, pair)
		}
	}

	for name, value := range parameters {
		pairs = append(pairs, name+"="+value)
	}

	// "=" sorts before every character that may be in a name, but for these none of which is used here: !"#$%&'()*+,-./0-9:;<
	sort.Slice(pairs, func(i, j int) bool {
		return strings.Replace(pairs[i], "=", "\x00", 1) < strings.Replace(pairs[j], "=", "\x00", 1)
	})

	return method + "&" + escape(parsed.Scheme+"://"+parsed.Host+path) + "&" + escape(strings.Join(pairs, "&"))
}

// escape is RFC 5849, section 3.6.
func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func sign(tb testing.TB, key *rsa.PrivateKey, base string) string {
	tb.Helper()

	sum := sha256.Sum256([]byte(base))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	require.NoError(tb, err)

	return base64.StdEncoding.EncodeToString(signature)
}

func authorizationHeader(parameters map[string]string) string {
	var list []string
	for name, value := range parameters {
		list = append(list, name+`="`+value+`"`)
	}

	sort.Strings(list)

	return "OAuth " + strings.Join(list, ",")
}

// gatewayCode reads the gateway's error shape.
func (a answer) gatewayCode(tb testing.TB) string {
	tb.Helper()

	var shape struct {
		Errors struct {
			Error []struct {
				Source      string `json:"Source"`
				ReasonCode  string `json:"ReasonCode"`
				Description string `json:"Description"`
			} `json:"Error"`
		} `json:"Errors"`
	}

	require.NoError(tb, json.Unmarshal(a.body, &shape), string(a.body))
	require.Len(tb, shape.Errors.Error, 1, string(a.body))
	require.Equal(tb, "Gateway", shape.Errors.Error[0].Source)
	require.NotEmpty(tb, shape.Errors.Error[0].Description)

	return shape.Errors.Error[0].ReasonCode
}

// reasons reads the service's error shape as "reason" or "reason/detail/source".
func (a answer) reasons(tb testing.TB) string {
	tb.Helper()

	var shape struct {
		Status  int    `json:"status"`
		Reason  string `json:"reason"`
		Message string `json:"message"`
		Details []struct {
			Reason *string `json:"reason"`
			Source string  `json:"source"`
		} `json:"errordetail"`
	}

	require.NoError(tb, json.Unmarshal(a.body, &shape), string(a.body))
	require.Equal(tb, a.status, shape.Status, "status in the body")
	require.NotEmpty(tb, shape.Message)

	if len(shape.Details) == 0 {
		return shape.Reason
	}

	reason := "null"
	if shape.Details[0].Reason != nil {
		reason = *shape.Details[0].Reason
	}

	return shape.Reason + "/" + reason + "/" + shape.Details[0].Source
}

// bodyOf reads the body that a request is about to send.
func bodyOf(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body)
	return body
}

func setBody(r *http.Request, body []byte) {
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.GetBody = nil
}
