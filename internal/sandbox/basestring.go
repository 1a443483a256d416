package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// signatureBase builds the signature base string of RFC 5849, section 3.4.1, from the
// request as received: header values and query pairs enter it as they are on the wire and
// are percent-encoded once, with the rest. RFC 5849 decodes and encodes them first. Error
// texts of Mastercard's gateway quoted in public issues (oauth1-signer-csharp 12 and 21,
// oauth1-signer-python 37) show the base string that it accepts, and it is the one made
// here: a header value sent as "!" appears as %21, one sent as "%21" as %2521.
func signatureBase(r *http.Request, parameters authorization) string {
	path, query, _ := strings.Cut(requestTarget(r), "?")
	if path == "" {
		path = "/"
	}

	return strings.ToUpper(r.Method) + "&" +
		percentEncode(authority(r)+path) + "&" +
		percentEncode(strings.Join(signedPairs(query, parameters), "&"))
}

// requestTarget is the path and query as sent.
func requestTarget(r *http.Request) string {
	target := r.RequestURI
	if strings.HasPrefix(target, "/") {
		return target
	}

	// A client may send the absolute form (RFC 9112, section 3.2.2).
	if _, rest, found := strings.Cut(target, "://"); found {
		if slash := strings.IndexAny(rest, "/?"); slash >= 0 {
			return rest[slash:]
		}

		return "/"
	}

	return target
}

// authority is scheme and host in lower case, with the port unless it is the scheme's own.
func authority(r *http.Request) string {
	host := strings.ToLower(r.Host)
	if r.TLS != nil {
		return "https://" + strings.TrimSuffix(host, ":443")
	}

	return "http://" + strings.TrimSuffix(host, ":80")
}

// signedPairs are the parameters of query and header, sorted by name and then by value.
func signedPairs(query string, parameters authorization) []string {
	type pair struct{ name, value string }

	var pairs []pair

	for part := range strings.SplitSeq(query, "&") {
		if part != "" {
			name, value, _ := strings.Cut(part, "=")
			pairs = append(pairs, pair{name, value})
		}
	}

	for name, value := range parameters {
		if name != "oauth_signature" && name != "realm" {
			pairs = append(pairs, pair{name, value})
		}
	}

	slices.SortFunc(pairs, func(a, b pair) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}

		return strings.Compare(a.value, b.value)
	})

	joined := make([]string, len(pairs))
	for i, p := range pairs {
		joined[i] = p.name + "=" + p.value
	}

	return joined
}

// percentEncode keeps the unreserved characters of RFC 3986 and nothing else.
func percentEncode(text string) string {
	const hex = "0123456789ABCDEF"

	var out strings.Builder

	for i := range len(text) {
		switch c := text[i]; {
		case isLetterOrDigit(c), c == '-', c == '.', c == '_', c == '~':
			out.WriteByte(c)
		default:
			out.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}

	return out.String()
}
