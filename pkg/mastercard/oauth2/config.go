package oauth2

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Token endpoints and issuers of Mastercard's environments.
const (
	SandboxTokenURL    = "https://sandbox.api.mastercard.com/oauth/token" //nolint:gosec // an address, and no credential
	ProductionTokenURL = "https://api.mastercard.com/oauth/token"         //nolint:gosec // likewise
	SandboxIssuer      = "https://sandbox.api.mastercard.com"
	ProductionIssuer   = "https://api.mastercard.com"
)

// Defaults of Config.
const (
	DefaultSkew          = 5 * time.Second
	DefaultTimeout       = 10 * time.Second
	DefaultMaxRetryAfter = time.Hour
	defaultUserAgent     = "clicktopay-enroll"

	maxSkew = 5 * time.Minute
)

// Config says where tokens come from. TokenURL, Issuer, ProofKey and Transport have to be set.
type Config struct {
	// TokenURL is the token endpoint.
	TokenURL string
	// Issuer names the authorization server; client assertions are for it alone (aud).
	Issuer string
	// ProofKey signs the proofs, and tokens are bound to it. It may be the client's own.
	ProofKey *Key
	// Skew is how far the servers' clocks may be off. Nil: DefaultSkew; at most 5 minutes.
	Skew *time.Duration

	// Transport makes the exchange with the token endpoint. It must not follow redirects.
	Transport http.RoundTripper
	// Timeout is the time for one request for a token. Default 10 s.
	Timeout time.Duration
	// MaxRetryAfter caps what an answer's Retry-After may ask for. Default 1 h.
	MaxRetryAfter time.Duration
	// UserAgent is sent to the token endpoint.
	UserAgent string
	// Now tells the time. Default time.Now.
	Now func() time.Time
	// Random makes the ids of assertions and proofs. Default crypto/rand.
	Random io.Reader
	// AllowPlainHTTP permits an http TokenURL that is no loopback address: for tests between machines only.
	AllowPlainHTTP bool
}

func (c Config) skew() time.Duration {
	if c.Skew == nil {
		return DefaultSkew
	}

	return *c.Skew
}

func (c Config) check() error {
	var wrong []error

	if err := CheckTokenURL(c.TokenURL, c.AllowPlainHTTP); err != nil {
		wrong = append(wrong, fmt.Errorf("TokenURL %w", err))
	}
	if err := CheckIssuer(c.Issuer); err != nil {
		wrong = append(wrong, fmt.Errorf("the Issuer %w", err))
	}
	if c.ProofKey == nil {
		wrong = append(wrong, errors.New("ProofKey is missing"))
	}
	if c.Transport == nil {
		wrong = append(wrong, errors.New("a Transport is missing"))
	}
	if skew := c.skew(); skew < 0 || skew > maxSkew {
		wrong = append(wrong, fmt.Errorf("a Skew of %s is not 0s to %s", skew, maxSkew))
	}
	if c.Timeout < 0 || c.MaxRetryAfter < 0 {
		wrong = append(wrong, errors.New("the Timeout or MaxRetryAfter is negative"))
	}

	if len(wrong) > 0 {
		return fmt.Errorf("configuring OAuth 2.0: %w", errors.Join(wrong...))
	}

	return nil
}

func (c Config) withDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.MaxRetryAfter == 0 {
		c.MaxRetryAfter = DefaultMaxRetryAfter
	}
	if c.UserAgent == "" {
		c.UserAgent = defaultUserAgent
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}

	return c
}

// CheckTokenURL reports an address that a source with this setting of AllowPlainHTTP would not ask, without repeating it.
func CheckTokenURL(address string, allowPlainHTTP bool) error {
	target, err := url.Parse(address)

	switch {
	case err != nil || target.Host == "" || target.Scheme != "https" && target.Scheme != "http":
		return fmt.Errorf("is not a URL such as %s", SandboxTokenURL)
	case target.User != nil:
		return errors.New("holds a user name or password (an @), which the authorization server does not use")
	case target.RawQuery != "" || target.ForceQuery || target.Fragment != "":
		return errors.New("has a query or a fragment: leave out what begins with ? or #")
	case target.Scheme == "http" && !isLoopback(target) && !allowPlainHTTP:
		return errors.New("is not https")
	}

	return nil
}

func isLoopback(target *url.URL) bool {
	address := net.ParseIP(target.Hostname())
	return target.Hostname() == "localhost" || address != nil && address.IsLoopback()
}

// CheckIssuer reports an issuer that no authorization server can be named by.
func CheckIssuer(issuer string) error {
	target, err := url.Parse(issuer)
	if err != nil || target.Host == "" || target.Scheme != "https" && target.Scheme != "http" || !isText(issuer, false) {
		return fmt.Errorf("is not a URL such as %s", SandboxIssuer)
	}

	return nil
}

// CheckScopes reports scopes that cannot be asked for: none, or one with blanks, quotes or other characters that no scope has.
func CheckScopes(scopes []string) error {
	if len(scopes) == 0 {
		return errors.New("there is none: it is in the API's documentation, such as service:scope")
	}

	for _, scope := range scopes {
		if !isText(scope, false) {
			return fmt.Errorf("%.60q is not a scope such as service:scope", scope)
		}
	}

	return nil
}

// CheckID reports a client id or key id that cannot be one.
func CheckID(id string) error {
	if !isText(id, false) {
		return errors.New("is empty, or has blanks or other characters that no id has")
	}

	return nil
}
