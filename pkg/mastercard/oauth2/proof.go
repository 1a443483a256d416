package oauth2

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// lifetime is for how long assertions and proofs are good, beside the skew.
const lifetime = 90 * time.Second

// idBytes is the randomness of an id, as in Mastercard's clients.
const idBytes = 12

// proof holds the claims of a DPoP proof (RFC 9449, section 4.2).
type proof struct {
	ID       string `json:"jti"`
	Method   string `json:"htm"`
	URI      string `json:"htu"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	Nonce    string `json:"nonce,omitempty"`
	Hash     string `json:"ath,omitempty"`
}

// prove makes the proof of one request. hash is the access token's, "" for the token endpoint.
func (s *Source) prove(method string, target *url.URL, nonce, hash string) (string, error) {
	id, err := s.newID()
	if err != nil {
		return "", err
	}

	now := s.config.Now()

	return serialize(s.config.ProofKey.proofs, proof{
		ID:       id,
		Method:   method,
		URI:      withoutQuery(target),
		IssuedAt: now.Unix(),
		Expires:  now.Add(lifetime + s.config.skew()).Unix(),
		Nonce:    nonce,
		Hash:     hash,
	})
}

// withoutQuery is the address that a proof is for.
func withoutQuery(target *url.URL) string {
	return target.Scheme + "://" + target.Host + target.EscapedPath()
}

func (s *Source) newID() (string, error) {
	id := make([]byte, idBytes)
	if _, err := io.ReadFull(s.config.Random, id); err != nil {
		return "", fmt.Errorf("reading random bytes: %w", err)
	}

	return base64.RawURLEncoding.EncodeToString(id), nil
}

// Authorize sets the headers of a request to the API: the token, and a proof that is good for this sending alone. It returns the
// nonce that the proof has, "" for none.
func (s *Source) Authorize(request *http.Request, token *Token) (nonce string, err error) {
	nonce = s.api.current()

	made, err := s.prove(request.Method, request.URL, nonce, token.hash)
	if err != nil {
		return "", err
	}

	request.Header.Set("Authorization", "DPoP "+token.value)
	request.Header.Set("DPoP", made)

	return nonce, nil
}

// Nonce is the newest one of the API; "" before the first.
func (s *Source) Nonce() string { return s.api.current() }

// TakeNonce keeps the nonce of an answer of the API. It reports whether it has one.
func (s *Source) TakeNonce(header http.Header) bool { return s.api.take(header) }
