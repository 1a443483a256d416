package service

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// OAuth2 says where access tokens come from. Nothing of it is used by calls of OAuth 1.0a.
type OAuth2 struct {
	OAuth2TokenURL    string        `name:"oauth2-token-url" env:"ENROLL_OAUTH2_TOKEN_URL"     placeholder:"URL"       help:"Token endpoint of OAuth 2.0; default /oauth/token at the host of --mastercard-url."`
	OAuth2Issuer      string        `name:"oauth2-issuer" env:"ENROLL_OAUTH2_ISSUER"        placeholder:"URL"       help:"Issuer that client assertions are made for; default scheme and host of --oauth2-token-url."`
	OAuth2Scopes      []string      `name:"oauth2-scopes" env:"ENROLL_OAUTH2_SCOPES"        placeholder:"SCOPE" help:"Scopes of access tokens, as the API's documentation names them. A program's own scopes come first."`
	OAuth2ClientID    string        `name:"oauth2-client-id" env:"ENROLL_OAUTH2_CLIENT_ID"     placeholder:"ID"        help:"Client id, where it is not the consumer key's first half."`
	OAuth2Kid         string        `name:"oauth2-kid" env:"ENROLL_OAUTH2_KID"           placeholder:"KID"       help:"Kid of the signing key, where it is not the consumer key's second half."`
	OAuth2DPoPKeyFile string        `name:"oauth2-dpop-key-file" env:"ENROLL_OAUTH2_DPOP_KEY_FILE" placeholder:"FILE"      help:"Key that access tokens are bound to (JWK, PEM or DER, without a password); by default one is made at start."`
	OAuth2Skew        time.Duration `name:"oauth2-skew" env:"ENROLL_OAUTH2_SKEW"          default:"5s"            help:"How far Mastercard's clock may be from ours in what is signed for OAuth 2.0; 0s to 5m."`
}

const mostSkew = 5 * time.Minute

// auth is how calls are authorized whose program does not say.
func (a API) auth() mastercard.Auth {
	return mastercard.Auth{Scheme: mastercard.Scheme(a.Auth), Scopes: a.OAuth2Scopes}
}

// tokenURL is what is given, or derived from the API's address: at Mastercard's hosts, that is where it is.
func (a API) tokenURL() string {
	if given := strings.TrimSpace(a.OAuth2TokenURL); given != "" {
		return given
	}

	return origin(a.BaseURL(), "/oauth/token")
}

func (a API) issuer() string {
	if given := strings.TrimSpace(a.OAuth2Issuer); given != "" {
		return given
	}

	return origin(a.tokenURL(), "")
}

// origin is scheme and host of an address, with another path; "" where it has none.
func origin(address, path string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return ""
	}

	return parsed.Scheme + "://" + parsed.Host + path
}

// checkOAuth2 reports what is given and wrong, and what is missing for calls whose program does not say how they are authorized.
func (a API) checkOAuth2() error {
	faults := []error{settings.Between("oauth2-skew", a.OAuth2Skew, 0, mostSkew)}

	if a.OAuth2TokenURL != "" {
		faults = append(faults, settings.About("oauth2-token-url", oauth2.CheckTokenURL(a.tokenURL(), a.AllowPlainHTTP)))
	}

	if a.OAuth2Issuer != "" {
		faults = append(faults, settings.About("oauth2-issuer", oauth2.CheckIssuer(a.issuer())))
	}

	if len(a.OAuth2Scopes) > 0 {
		faults = append(faults, settings.About("oauth2-scopes", oauth2.CheckScopes(a.OAuth2Scopes)))
	}

	if a.OAuth2ClientID != "" {
		faults = append(faults, settings.About("oauth2-client-id", oauth2.CheckID(a.OAuth2ClientID)))
	}

	if a.OAuth2Kid != "" {
		faults = append(faults, settings.About("oauth2-kid", oauth2.CheckID(a.OAuth2Kid)))
	}

	if a.OAuth2DPoPKeyFile != "" {
		_, err := a.proofKey()
		faults = append(faults, err)
	}

	return errors.Join(faults...)
}

// CheckAuth reports what the programs need for the way in which their calls are authorized: a key of the right kind, scopes, and
// a token endpoint that is known.
func (a API) CheckAuth(programs map[string]enroll.Program, keys APIKeys) error {
	if len(programs) == 0 {
		programs = map[string]enroll.Program{"(any)": {}}
	}

	var faults []error

	for _, name := range slices.Sorted(maps.Keys(programs)) {
		scheme, scopes := programs[name].Auth, programs[name].Scopes
		if scheme == "" {
			scheme = mastercard.Scheme(a.Auth)
		}

		if len(scopes) == 0 {
			scopes = a.OAuth2Scopes
		}

		switch {
		case scheme != mastercard.OAuth2 && keys.Signing != nil && !keys.Signing.SigningKey().ForOAuth1():
			faults = append(faults, settings.About("signing-key-file", fmt.Errorf(
				"%s is an EC key, which is for OAuth 2.0 alone, and program %s has auth oauth1: give an RSA key, or set --auth oauth2",
				a.SigningKeyFile, name)))
		case scheme == mastercard.OAuth2 && len(scopes) == 0:
			faults = append(faults, settings.About("oauth2-scopes", fmt.Errorf(
				"is missing, and program %s has auth oauth2 and no scopes of its own: take them from the API's documentation", name)))
		case scheme == mastercard.OAuth2 && a.OAuth2TokenURL == "" && strings.HasSuffix(origin(a.BaseURL(), ""), ".co.in"):
			faults = append(faults, settings.About("oauth2-token-url",
				errors.New("is missing: Mastercard publishes no token endpoint for the hosts in India; ask for it")))
		}
	}

	return settings.Faults(faults...)
}

// oauth2Config is there for all, so that a program may have auth oauth2 of its own. Nothing is sent before a call needs it.
func (a API) oauth2Config(transport http.RoundTripper) (*mastercard.OAuth2Config, error) {
	key, err := a.proofKey()
	if err != nil {
		return nil, err
	}

	tokens, err := oauth2.New(oauth2.Config{
		TokenURL:       a.tokenURL(),
		Issuer:         a.issuer(),
		ProofKey:       key,
		Skew:           &a.OAuth2Skew,
		Transport:      transport,
		Timeout:        min(a.CallTimeout, oauth2.DefaultTimeout),
		MaxRetryAfter:  a.MaxRetryAfter,
		AllowPlainHTTP: a.AllowPlainHTTP,
	})
	if err != nil {
		return nil, settings.About("oauth2-token-url", err)
	}

	return &mastercard.OAuth2Config{Tokens: tokens, ClientID: a.OAuth2ClientID, KID: a.OAuth2Kid}, nil
}

// proofKey is the key that tokens are bound to. One that is made at start is gone with the process, and its tokens with it.
func (a API) proofKey() (*oauth2.Key, error) {
	if a.OAuth2DPoPKeyFile == "" {
		return oauth2.GenerateKey(rand.Reader)
	}

	key, err := mastercard.LoadSigningKey(a.OAuth2DPoPKeyFile, "", time.Now(), mastercard.ForOAuth2())
	if err != nil {
		return nil, settings.About("oauth2-dpop-key-file", err)
	}

	return key.OAuth2Key(), nil
}
