package mastercard

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	oauth "github.com/mastercard/oauth1-signer-go"
)

// A parameter of a query. Names need no encoding, and there are fewer than nine:
// beyond both, the signing library's signatures can be wrong.
type parameter struct{ name, value string }

// sign sets the request's Authorization header for what is sent: OAuth 1.0a,
// RSA-SHA256, with the body's hash. Nonce and time are new at each call.
func sign(request *http.Request, body []byte, consumerKey string, key *SigningKey) error {
	header, err := oauth.GetAuthorizationHeader(request.URL, request.Method, body, consumerKey, key.private)
	if err != nil {
		return fmt.Errorf("signing the request: %w", err)
	}
	request.Header.Set(oauth.AuthorizationHeaderName, header)

	return nil
}

// endpoint returns base with path segments and a query below it, encoded in the
// one way that the library signs as it is sent: every byte outside RFC 3986's
// unreserved set as upper-case %XX. Parameters without a value are left out.
func endpoint(base *url.URL, segments []string, query []parameter) *url.URL {
	target := *base

	for _, segment := range segments {
		target.RawPath = target.EscapedPath() + "/" + percentEncode(segment)
		target.Path += "/" + segment
	}

	var pairs []string

	for _, p := range query {
		if p.value != "" {
			pairs = append(pairs, p.name+"="+percentEncode(p.value))
		}
	}
	target.RawQuery = strings.Join(pairs, "&")

	return &target
}

func percentEncode(text string) string {
	const hex = "0123456789ABCDEF"

	var out strings.Builder

	for i := range len(text) {
		switch c := text[i]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			out.WriteByte(c)
		default:
			out.WriteByte('%')
			out.WriteByte(hex[c>>4])
			out.WriteByte(hex[c&15])
		}
	}

	return out.String()
}
