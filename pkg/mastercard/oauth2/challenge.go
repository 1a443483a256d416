package oauth2

import (
	"net/http"
	"slices"
	"strings"
)

// Codes of errors that are told apart: of the authorization server (RFC 6749, section 5.2), of both, and of the API (RFC 6750,
// section 3.1, and RFC 9449).
const (
	CodeInvalidClient        = "invalid_client"
	CodeUnauthorizedClient   = "unauthorized_client"
	CodeInvalidScope         = "invalid_scope"
	CodeInvalidRequest       = "invalid_request"
	CodeInvalidGrant         = "invalid_grant"
	CodeUnsupportedGrantType = "unsupported_grant_type"
	CodeAccessDenied         = "access_denied"
	CodeServerError          = "server_error"
	CodeUnavailable          = "temporarily_unavailable"
	CodeInvalidProof         = "invalid_dpop_proof"
	CodeUseNonce             = "use_dpop_nonce"
	CodeInvalidToken         = "invalid_token"
	CodeInsufficientScope    = "insufficient_scope"
)

// IsCode reports whether a text is one of these codes.
func IsCode(text string) bool {
	switch text {
	case CodeInvalidClient, CodeUnauthorizedClient, CodeInvalidScope, CodeInvalidRequest, CodeInvalidGrant,
		CodeUnsupportedGrantType, CodeAccessDenied, CodeServerError, CodeUnavailable, CodeInvalidProof, CodeUseNonce,
		CodeInvalidToken, CodeInsufficientScope:
		return true
	default:
		return false
	}
}

// A Challenge is why the API has not let a request in, in its words.
type Challenge struct {
	Code        string // one of the codes
	Description string
}

// maxDescription is how much is kept of a text, in bytes.
const maxDescription = 500

// ChallengeIn returns the first challenge of an answer that has a known code: of WWW-Authenticate (RFC 9110, section 11.6.1), or
// of a header DPoP of the same form, which Mastercard's gateway was seen to send. There, a colon stands for the equals sign, so
// that either is taken.
func ChallengeIn(header http.Header) (Challenge, bool) {
	values := slices.Clone(header.Values("DPoP"))

	for _, value := range header.Values("WWW-Authenticate") {
		if scheme := strings.ToLower(value); strings.Contains(scheme, "dpop") || strings.Contains(scheme, "bearer") {
			values = append(values, value)
		}
	}

	for _, value := range values {
		if found := challenge(value); IsCode(found.Code) {
			return found, true
		}
	}

	return Challenge{}, false
}

// challenge reads name="value" pairs, as far as it understands them.
func challenge(text string) (found Challenge) {
	for text != "" {
		var name, value string

		name, value, text = pair(text)

		switch strings.ToLower(name) {
		case "error":
			if found.Code == "" {
				found.Code = value
			}
		case "error_description":
			if found.Description == "" {
				found.Description = value[:min(len(value), maxDescription)]
			}
		default:
		}
	}

	return found
}

// pair reads one pair, and returns what follows it. It always takes something away.
func pair(text string) (name, value, rest string) {
	text = strings.TrimLeft(text, " \t,")

	end := strings.IndexAny(text, "=:,")
	if end < 0 || text[end] == ',' {
		_, rest, _ = strings.Cut(text, ",") // a word alone
		return "", "", rest
	}

	name = strings.TrimSpace(text[:end])
	if at := strings.LastIndexAny(name, " \t"); at >= 0 {
		name = name[at+1:] // behind the scheme of another challenge
	}

	text = strings.TrimLeft(text[end+1:], " \t")
	if !strings.HasPrefix(text, `"`) {
		value, rest, _ = strings.Cut(text, ",")
		return name, strings.TrimSpace(value), rest
	}

	value, rest = quoted(text[1:])

	return name, value, rest
}

// quoted reads what follows a quotation mark up to the next that no backslash escapes.
func quoted(text string) (value, rest string) {
	var out strings.Builder

	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return out.String(), text[i+1:]
		case c == '\\' && i+1 < len(text):
			i++
			out.WriteByte(text[i])
		default:
			out.WriteByte(c)
		}
	}

	return out.String(), ""
}
