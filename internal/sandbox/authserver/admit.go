package authserver

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// IsFor reports whether a request shows a token of ours, so that Admit decides about it.
func IsFor(r *http.Request) bool {
	return len(r.Header.Values("DPoP")) > 0 || slices.ContainsFunc(r.Header.Values("Authorization"), func(value string) bool {
		scheme, _, _ := strings.Cut(value, " ")

		return strings.EqualFold(scheme, "DPoP")
	})
}

// Nonce is what each answer of the API brings; "" where nonces are not required.
func (s *Server) Nonce() string { return s.api.newest(s) }

// Admit says whose call of the API it is, or why it goes no further. target is its address without the query.
func (s *Server) Admit(r *http.Request, target string) (client string, refused *Answer) {
	client, why := s.admit(r, target)
	if why == nil {
		return client, nil
	}

	answer := why.fromAPI()
	if nonce := s.Nonce(); nonce != "" {
		answer.Header.Set("DPoP-Nonce", nonce)
	}

	return "", &answer
}

func (s *Server) admit(r *http.Request, target string) (string, *refusal) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return "", refuse("invalid_request", "there is not one header Authorization")
	}

	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "DPoP") || token == "" {
		return "", refuse("invalid_request", "the scheme is not DPoP")
	}

	granted, known := s.find(token)
	if !known {
		return "", refuse("invalid_token", "the access token is not known, or has expired")
	}

	proof, refused := s.proof(r, target)
	if refused != nil {
		return "", refused
	}

	hash := sha256.Sum256([]byte(token))

	switch {
	case proof.thumbprint != granted.thumbprint:
		return "", refuse("invalid_token", "the access token is bound to another key")
	case proof.hash != base64.RawURLEncoding.EncodeToString(hash[:]):
		return "", refuse("invalid_dpop_proof", "ath is not the hash of the access token")
	}

	if refused := s.fresh(proof, s.api); refused != nil {
		return "", refused
	}

	if !slices.Contains(granted.scopes, s.options.Scopes[0]) {
		return "", refuse("insufficient_scope", "the call needs the scope "+s.options.Scopes[0])
	}

	return granted.client, nil
}

func (s *Server) find(token string) (grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	granted, known := s.tokens[sha256.Sum256([]byte(token))]

	return granted, known && s.options.Now().Before(granted.expires)
}
