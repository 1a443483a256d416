package oauth2

import (
	"net/http"
	"sync/atomic"
)

// nonceHeader brings a server's nonce, in any answer.
const nonceHeader = "DPoP-Nonce"

// maxNonce is the length of the longest nonce that is kept, in bytes: it goes into a header of each call.
const maxNonce = 1024

// nonces is what one server has handed out last.
type nonces struct{ newest atomic.Pointer[string] }

// take keeps the nonce of an answer, if it has one. It reports whether it has.
func (n *nonces) take(header http.Header) bool {
	nonce, found := nonceIn(header)
	if found {
		n.newest.Store(&nonce)
	}

	return found
}

// current is the newest nonce; "" before the first.
func (n *nonces) current() string {
	if nonce := n.newest.Load(); nonce != nil {
		return *nonce
	}

	return ""
}

// nonceIn returns an answer's nonce. Two of them, or one that is not of RFC 9449's form, count as none.
func nonceIn(header http.Header) (string, bool) {
	values := header.Values(nonceHeader)
	if len(values) != 1 || len(values[0]) > maxNonce || !isText(values[0], false) {
		return "", false
	}

	return values[0], true
}

// isText reports whether a text is not empty and has only the characters that RFC 6749 allows in errors and, without blanks, in
// scopes, and RFC 9449 in nonces: printable ASCII but quote and backslash.
func isText(text string, blanks bool) bool {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == ' ' && !blanks {
			return false
		}
	}

	return text != ""
}
