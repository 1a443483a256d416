package mastercard_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// verifyOAuth checks a request as the API gateway does, as far as its error texts
// tell: RFC 5849 with the body hash extension, the base string rebuilt from the
// header's values and the query as they came, without decoding. It returns the
// header's parameters.
func verifyOAuth(method, scheme, host, requestURI, header string, body []byte, key *rsa.PublicKey) (map[string]string, error) {
	params, err := parseOAuth(header)
	if err != nil {
		return nil, err
	}

	hash := sha256.Sum256(body)
	if want := base64.StdEncoding.EncodeToString(hash[:]); params["oauth_body_hash"] != want {
		return nil, fmt.Errorf("oauth_body_hash is %q, the body's is %q", params["oauth_body_hash"], want)
	}

	base := baseString(method, scheme, host, requestURI, params)

	encoded, err := url.PathUnescape(params["oauth_signature"])
	if err != nil {
		return nil, err
	}

	signature, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, err
	}

	digest := sha256.Sum256([]byte(base))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature); err != nil {
		return nil, fmt.Errorf("%w; base string %s", err, base)
	}

	return params, nil
}

// baseString is what is signed (RFC 5849, section 3.4.1), of the header's parameters as they stand there.
func baseString(method, scheme, host, requestURI string, params map[string]string) string {
	path, query, _ := strings.Cut(requestURI, "?")

	// RFC 5849, section 3.4.1.3.2: sorted by name, then by value.
	var pairs [][2]string

	for name, value := range params {
		if name != "oauth_signature" {
			pairs = append(pairs, [2]string{name, value})
		}
	}

	if query != "" {
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			pairs = append(pairs, [2]string{name, value})
		}
	}

	slices.SortFunc(pairs, func(a, b [2]string) int {
		return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1])
	})

	joined := make([]string, len(pairs))
	for i, pair := range pairs {
		joined[i] = pair[0] + "=" + pair[1]
	}

	return strings.Join([]string{
		strings.ToUpper(method),
		rfc3986(scheme + "://" + strings.ToLower(host) + path),
		rfc3986(strings.Join(joined, "&")),
	}, "&")
}

func parseOAuth(header string) (map[string]string, error) {
	list, ok := strings.CutPrefix(header, "OAuth ")
	if !ok {
		return nil, errors.New("the scheme is not OAuth")
	}

	params := map[string]string{}

	for item := range strings.SplitSeq(list, ",") {
		name, value, ok := strings.Cut(item, "=")
		if !ok || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			return nil, fmt.Errorf("not a parameter: %q", item)
		}
		if _, twice := params[name]; twice {
			return nil, fmt.Errorf("%s twice", name)
		}
		params[name] = value[1 : len(value)-1]
	}

	for _, name := range []string{
		"oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_signature_method",
		"oauth_version", "oauth_body_hash", "oauth_signature",
	} {
		if params[name] == "" {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	if params["oauth_signature_method"] != "RSA-SHA256" || params["oauth_version"] != "1.0" {
		return nil, errors.New("another signature method or version")
	}

	return params, nil
}

// rfc3986 encodes everything but the unreserved characters of RFC 3986 (RFC 5849, section 3.6).
func rfc3986(text string) string {
	var out strings.Builder

	for _, b := range []byte(text) {
		if strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", b) >= 0 {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}

	return out.String()
}

func verifyRequest(request *http.Request, scheme string, body []byte) (map[string]string, error) {
	return verifyOAuth(request.Method, scheme, request.Host, request.RequestURI, request.Header.Get("Authorization"),
		body, &signingRSA().PublicKey)
}
