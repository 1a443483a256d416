package oauth2

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"time"
)

// A Token is an access token. It does not print itself.
type Token struct {
	value   string
	hash    string // ath, as proofs have it
	scope   string // as granted, "" where the server does not say
	renewAt time.Time
	expires time.Time
	of      *entry
}

// Expires is when the token ends.
func (t Token) Expires() time.Time { return t.expires }

// Scope is what the server has granted, separated by blanks; "" where it does not say, which means all that was asked for.
func (t Token) Scope() string { return t.scope }

// leastRedacted is the length of the shortest token that is looked for: a shorter one is a part of common words.
const leastRedacted = 16

// Redact takes the token out of a text that a server has sent.
func (t Token) Redact(text []byte) []byte {
	if len(t.value) < leastRedacted || !strings.Contains(string(text), t.value) {
		return text
	}

	return []byte(strings.ReplaceAll(string(text), t.value, "[access token]"))
}

// String describes the token without its value. A copy hides itself as well.
func (t Token) String() string {
	return "access token until " + t.expires.UTC().Format(time.RFC3339)
}

// Format writes String whatever the verb.
func (t Token) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, t.String()) }

// LogValue writes String to logs.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// Bounds of a token and of its life.
const (
	maxToken    = 16 << 10 // bytes: it goes into a header
	maxLifetime = 24 * time.Hour
	// early is how long before its end a token is renewed; of a short life, half of it.
	early = time.Minute
)

// tokenForm is RFC 6750's, which is that of HTTP for what stands behind a scheme.
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// parseToken reads the answer of the token endpoint. No error repeats any of it. asked is when the request was sent.
func parseToken(body []byte, asked time.Time) (*Token, error) {
	var answer struct {
		AccessToken string      `json:"access_token"`
		TokenType   string      `json:"token_type"`
		ExpiresIn   json.Number `json:"expires_in"`
		Scope       string      `json:"scope"`
	}

	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, errors.New("it is not JSON with access_token, token_type, expires_in and scope of their types")
	}

	switch {
	case answer.AccessToken == "":
		return nil, errors.New("it has no access_token")
	case len(answer.AccessToken) > maxToken:
		return nil, fmt.Errorf("its access_token is longer than %d bytes", maxToken)
	case !tokenForm.MatchString(answer.AccessToken):
		return nil, errors.New("its access_token has characters that no header can hold")
	case !strings.EqualFold(answer.TokenType, "DPoP"):
		return nil, errors.New("its token_type is not DPoP, so that the token is not bound to our key")
	}

	lifetime, err := lifetimeOf(answer.ExpiresIn)
	if err != nil {
		return nil, err
	}

	scope := ""
	if isText(answer.Scope, true) && len(answer.Scope) <= maxDescription {
		scope = answer.Scope
	}

	sum := sha256.Sum256([]byte(answer.AccessToken))

	return &Token{
		value:   answer.AccessToken,
		hash:    base64.RawURLEncoding.EncodeToString(sum[:]),
		scope:   scope,
		renewAt: asked.Add(lifetime - min(early, lifetime/2)),
		expires: asked.Add(lifetime),
	}, nil
}

func lifetimeOf(expiresIn json.Number) (time.Duration, error) {
	seconds, err := expiresIn.Float64()

	switch {
	case err != nil:
		return 0, errors.New("it has no expires_in")
	case !(seconds >= 1): // nor what is no number
		return 0, errors.New("its expires_in is less than a second")
	case seconds > maxLifetime.Seconds():
		return maxLifetime, nil
	default:
		return time.Duration(seconds * float64(time.Second)), nil
	}
}
