package mastercard

import (
	"net/url"
	"strings"
)

// A parameter of a query. Names need no encoding, and there are fewer than nine:
// beyond both, the signing library's signatures can be wrong.
type parameter struct{ name, value string }

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
