package mastercard

import (
	"context"
	"fmt"
	"net/http"
	"time"

	oauth "github.com/mastercard/oauth1-signer-go"
)

// unusable reports why calls cannot be made with a credential at this time.
func unusable(credential *Credential, now time.Time) *finding {
	if credential == nil {
		return clientFinding(ReasonKeyMissing, "there is no consumer key and no signing key")
	}

	key := credential.key
	if key == nil || key.oauth2 == nil {
		return clientFinding(ReasonKeyMissing, "there is no signing key")
	}
	if err := checkExpiry(key.notAfter, now); err != nil {
		return clientFinding(ReasonKeyExpired, fmt.Sprintf("%s: %v", key, err))
	}

	return nil
}

// signature signs one call, as OAuth 1.0a wants it: by the project's key.
type signature struct{ *Credential }

func newSignature(credential *Credential) (authorization, *finding) { //nolint:ireturn // there are two kinds
	if credential.key.private == nil {
		return nil, clientFinding(ReasonNotSigned, fmt.Sprintf("%s: OAuth 1.0a needs an RSA key", credential.key))
	}

	return signature{credential}, nil
}

func (s signature) clientID() string { return clientIDOf(s.consumerKey) }

// sign sets the request's Authorization header for what is sent: OAuth 1.0a,
// RSA-SHA256, with the body's hash. Nonce and time are new at each call.
func (s signature) sign(request *http.Request, body []byte) error {
	header, err := oauth.GetAuthorizationHeader(request.URL, request.Method, body, s.consumerKey, s.key.private)
	if err != nil {
		return fmt.Errorf("signing the request: %w", err)
	}
	request.Header.Set(oauth.AuthorizationHeaderName, header)

	return nil
}

// signatureAge is after how long a wait a request is signed anew: services compare its time with theirs.
const signatureAge = 5 * time.Second

func (signature) stale(age time.Duration) bool { return age > signatureAge }

func (signature) refused(context.Context, exchange) (again bool, problem *finding) { return false, nil }

func (signature) redact(result exchange) exchange { return result }
