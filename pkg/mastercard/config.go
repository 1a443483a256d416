package mastercard

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/address"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// Defaults of Config.
const (
	DefaultCallTimeout    = 30 * time.Second
	DefaultMaxAnswerBytes = 1 << 20
	DefaultMaxRetryAfter  = time.Hour
)

// Config says where and as whom to call. BaseURL, ConsumerKey, SigningKey and
// EncryptionKey have to be set; the zero value of the others means their default.
type Config struct {
	// BaseURL is one of Sandbox, Production, SandboxIndia, ProductionIndia, or a URL of the same shape.
	BaseURL string
	// ConsumerKey is the project's, from Mastercard Developers: client id, "!", key id.
	ConsumerKey string
	// SigningKey is asked for the key of each call. A *SigningKey is one.
	SigningKey SigningKeys
	// Credentials takes the place of ConsumerKey and SigningKey where both may be replaced. A *Credential is one.
	Credentials Credentials
	// CredentialTried is told what each call with a new credential came to; nil where nobody wants to know. A credential that
	// Credentials brings takes over once the API has accepted one call that was made with it: until then the one before is used.
	CredentialTried func(CredentialTrial)
	// Auth is how calls are authorized whose request does not say. Default OAuth1.
	Auth Auth
	// OAuth2 is required for calls of the scheme OAuth2.
	OAuth2 *OAuth2Config
	// EncryptionKey is asked for Mastercard's key of each call. An *EncryptionKey is one.
	EncryptionKey EncryptionKeys

	// Transport makes the exchange of each call. It must not follow redirects, and has to honour the request's context.
	// It should report to httptrace: without that, each failure to get an answer is Unknown, where many could be
	// Retry. Nil: NewTransport().
	Transport http.RoundTripper
	// CallTimeout is the time for one call, from when it is sent to the answer's last byte. Default 30 s.
	CallTimeout time.Duration
	// MaxAnswerBytes is how much of an answer is read; a larger one counts as cut short. Default 1 MiB.
	MaxAnswerBytes int64
	// MaxRetryAfter caps what an answer's Retry-After may ask for. Default 1 h.
	MaxRetryAfter time.Duration
	// Now tells the time, for expiries and Retry-After. Default time.Now. (The OAuth timestamp is the system's.)
	Now func() time.Time
	// ComplianceAt is where the consents go. Default ComplianceInRequest.
	ComplianceAt CompliancePlace
	// OmitClientID leaves out the header x-openapi-clientid, which else names the consumer key's first half in every call.
	OmitClientID bool
	// Verdicts is the table that decides. Default Verdicts().
	Verdicts *VerdictTable
	// Profiles describe operations beside those that profile.Default() does. A request names the one that it is made by.
	Profiles []*profile.Profile
	// AllowPlainHTTP permits an http BaseURL that is no loopback address: for tests between machines only.
	AllowPlainHTTP bool
}

// SigningKeys gives the key to sign with. It is asked at each call, so that a key
// can be replaced while calls run; nil means that there is none.
type SigningKeys interface{ SigningKey() *SigningKey }

// EncryptionKeys gives the key to encrypt for. It is asked at each call, so that a
// key can be replaced while calls run; nil means that there is none.
type EncryptionKeys interface{ EncryptionKey() *EncryptionKey }

// CompliancePlace is the position of the consumer's consents in the request,
// which no readable document of the issuer's API confirms.
type CompliancePlace string

// The two positions seen: beside the consumer (in the browser SDK), or in it.
const (
	ComplianceInRequest  CompliancePlace = "request"
	ComplianceInConsumer CompliancePlace = "consumer"
)

// consumerKeyForm is what may stand in an Authorization header unencoded, around
// the "!" that every consumer key has. Published samples have 48 characters on
// both sides, which no document confirms.
var consumerKeyForm = regexp.MustCompile(`^[A-Za-z0-9_-]+![A-Za-z0-9_-]+$`)

// pathForm is what may stand in a base URL's path without being encoded.
var pathForm = regexp.MustCompile(`^[A-Za-z0-9/._~-]*$`)

// check returns the configuration with its defaults and its base URL, or an
// error that names everything wrong with it.
func (c Config) check() (Config, *url.URL, error) {
	var wrong []error

	base, err := c.checkBaseURL()
	if err != nil {
		wrong = append(wrong, fmt.Errorf("BaseURL %w", err))
	}
	wrong = append(wrong, c.checkCredential()...)
	wrong = append(wrong, c.checkAuth()...)
	if c.EncryptionKey == nil {
		wrong = append(wrong, errors.New("EncryptionKey is missing"))
	}
	if c.CallTimeout < 0 {
		wrong = append(wrong, fmt.Errorf("CallTimeout %s is negative", c.CallTimeout))
	}
	if c.MaxAnswerBytes < 0 {
		wrong = append(wrong, fmt.Errorf("MaxAnswerBytes %d is negative", c.MaxAnswerBytes))
	}
	if c.MaxRetryAfter < 0 {
		wrong = append(wrong, fmt.Errorf("MaxRetryAfter %s is negative", c.MaxRetryAfter))
	}
	if c.ComplianceAt != "" && c.ComplianceAt != ComplianceInRequest && c.ComplianceAt != ComplianceInConsumer {
		wrong = append(wrong,
			fmt.Errorf("ComplianceAt %q is neither %q nor %q", c.ComplianceAt, ComplianceInRequest, ComplianceInConsumer))
	}
	if len(wrong) > 0 {
		return Config{}, nil, fmt.Errorf("configuring the API client: %w", errors.Join(wrong...))
	}

	c, err = c.withDefaults()

	return c, base, err
}

func (c Config) checkCredential() []error {
	var wrong []error

	if c.Credentials != nil {
		if c.ConsumerKey != "" || c.SigningKey != nil {
			wrong = append(wrong, errors.New("Credentials stands beside ConsumerKey or SigningKey: set it, or both of these"))
		}

		return wrong
	}
	if err := CheckConsumerKey(c.ConsumerKey); err != nil {
		wrong = append(wrong, fmt.Errorf("ConsumerKey %w", err))
	}
	if c.SigningKey == nil {
		wrong = append(wrong, errors.New("SigningKey is missing"))
	}

	return wrong
}

func (c Config) checkAuth() []error {
	var wrong []error

	if c.Auth.Scheme != "" && !c.Auth.Scheme.Valid() {
		wrong = append(wrong, fmt.Errorf("Auth.Scheme %.40q is neither %q nor %q", c.Auth.Scheme, OAuth1, OAuth2))
	}
	if c.Auth.Scheme == OAuth2 && c.OAuth2 == nil {
		wrong = append(wrong, errors.New("OAuth2 is missing, which Auth asks for"))
	}
	if c.OAuth2 == nil {
		return wrong
	}

	if c.OAuth2.Tokens == nil {
		wrong = append(wrong, errors.New("OAuth2.Tokens is missing"))
	}

	for name, id := range map[string]string{"ClientID": c.OAuth2.ClientID, "KID": c.OAuth2.KID} {
		if err := oauth2.CheckID(id); id != "" && err != nil {
			wrong = append(wrong, fmt.Errorf("OAuth2.%s %w", name, err))
		}
	}

	return wrong
}

func (c Config) withDefaults() (Config, error) {
	if c.CallTimeout == 0 {
		c.CallTimeout = DefaultCallTimeout
	}
	if c.MaxAnswerBytes == 0 {
		c.MaxAnswerBytes = DefaultMaxAnswerBytes
	}
	if c.MaxRetryAfter == 0 {
		c.MaxRetryAfter = DefaultMaxRetryAfter
	}
	if c.Auth.Scheme == "" {
		c.Auth.Scheme = OAuth1
	}
	if c.ComplianceAt == "" {
		c.ComplianceAt = ComplianceInRequest
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Transport == nil {
		c.Transport = NewTransport()
	}
	if c.Credentials == nil {
		c.Credentials = fixedConsumer{c.ConsumerKey, c.SigningKey}
	}

	if c.Verdicts == nil {
		table, err := Verdicts()
		if err != nil {
			return Config{}, err
		}
		c.Verdicts = table
	}

	return c, nil
}

// CheckConsumerKey reports a key that is not of the form that every consumer key has, without repeating it.
func CheckConsumerKey(key string) error {
	if !consumerKeyForm.MatchString(key) {
		return errors.New(`is not "client id!key id": copy it from the project on Mastercard Developers`)
	}

	return nil
}

// CheckBaseURL reports a base URL that a client with this setting of AllowPlainHTTP would not take, without repeating it.
func CheckBaseURL(address string, allowPlainHTTP bool) error {
	_, err := Config{BaseURL: address, AllowPlainHTTP: allowPlainHTTP}.checkBaseURL()

	return err
}

// checkBaseURL refuses what the signing library would sign differently from what
// is sent: odd ports, encoded paths, a query. (Its base string drops :80 and :443
// whatever the scheme, and never drops them after an IPv6 address.) No error repeats
// the URL: what is wrong with it may be a password that nobody expects in it.
func (c Config) checkBaseURL() (*url.URL, error) {
	base, err := url.Parse(c.BaseURL)

	switch {
	case strings.Contains(c.BaseURL, "@"):
		return nil, errors.New("holds a user name or password (an @), which the API does not use")
	case err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http":
		return nil, fmt.Errorf("is not a URL such as %s", Sandbox)
	case !address.IsHost(base.Host):
		return nil, errors.New("names no host, or one with characters or a port that no host has")
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("has a query or a fragment: leave out what begins with ? or #")
	case base.RawPath != "" || !pathForm.MatchString(base.Path):
		return nil, errors.New("has a path that would have to be encoded: leave out all but letters, digits and . _ ~ - /")
	case base.Port() == "80" || base.Port() == "443":
		return nil, fmt.Errorf("names port %s: leave out the scheme's own port, and use no other's", base.Port())
	case base.Scheme == "http" && !isLoopback(base) && !c.AllowPlainHTTP:
		return nil, errors.New("is not https")
	}

	base.Path = strings.TrimRight(base.Path, "/")

	return base, nil
}

func isLoopback(u *url.URL) bool {
	address := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || address != nil && address.IsLoopback()
}
