package mastercard

import (
	"context"
	"fmt"

	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// A Scheme is a way of letting calls in at the API. Which one is right is said by the project on Mastercard Developers.
type Scheme string

// The schemes.
const (
	OAuth1 Scheme = "oauth1" // OAuth 1.0a: each request is signed, with its body
	OAuth2 Scheme = "oauth2" // OAuth 2.0 as in FAPI 2.0: an access token that is bound to a key
)

// Valid reports whether s is one of the schemes.
func (s Scheme) Valid() bool { return s == OAuth1 || s == OAuth2 }

// Auth is how a call is authorized.
type Auth struct {
	// Scheme, "" for that of Config.Auth.
	Scheme Scheme
	// Scopes are what an access token of OAuth2 has to be good for; none for those of Config.Auth. They are named in the
	// documentation of the API.
	Scopes []string
}

// or takes what is missing from another.
func (a Auth) or(other Auth) Auth {
	if a.Scheme == "" {
		a.Scheme = other.Scheme
	}
	if len(a.Scopes) == 0 {
		a.Scopes = other.Scopes
	}

	return a
}

// An OAuth2Config says what calls of the scheme OAuth2 are made with, beside the credential.
type OAuth2Config struct {
	// Tokens gets the access tokens and makes the proofs; required.
	Tokens *oauth2.Source
	// ClientID and KID take the place of the consumer key's two halves, which are the project's client id and the key's id
	// by all that is known (inferred from their lengths and from samples).
	ClientID, KID string
}

// authorize returns what a call is made with, by the way that it asks for.
func (c *Client) authorize( //nolint:ireturn // there are two kinds
	ctx context.Context, asked Auth, credential *Credential,
) (authorization, *finding) {
	if problem := unusable(credential, c.config.Now()); problem != nil {
		return nil, problem
	}

	asked = asked.or(c.config.Auth)

	switch {
	case asked.Scheme == OAuth1:
		return newSignature(credential)
	case asked.Scheme == OAuth2 && c.config.OAuth2 != nil:
		return newPossession(ctx, c.config.OAuth2, credential, asked.Scopes)
	default:
		return nil, clientFinding(ReasonInvalidSetting, fmt.Sprintf("the client is not configured for calls by %.20q", asked.Scheme))
	}
}
