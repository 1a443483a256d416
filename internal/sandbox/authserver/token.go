package authserver

import (
	"crypto/sha256"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// tokenAnswer is a token as it is given.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

// Token answers a request for a token. base is scheme and host of the request.
func (s *Server) Token(r *http.Request, base string, body []byte) Answer {
	answer := s.token(r, base, body)
	answer.Header = http.Header{"Cache-Control": {"no-store"}}

	if nonce := s.server.newest(s); nonce != "" {
		answer.Header.Set("DPoP-Nonce", nonce)
	}

	return answer
}

func (s *Server) token(r *http.Request, base string, body []byte) Answer {
	form, refused := readForm(r, body)
	if refused != nil {
		return refused.fromServer()
	}

	issuer := s.options.Issuer
	if issuer == "" {
		issuer = base
	}

	client, refused := s.authenticate(form, issuer)
	if refused != nil {
		return refused.fromServer()
	}

	shown, refused := s.proof(r, base+TokenPath)
	if refused != nil {
		return refused.fromServer()
	}

	if refused := s.fresh(shown, s.server); refused != nil {
		return refused.fromServer()
	}

	granted := slices.DeleteFunc(strings.Fields(form.Get("scope")), func(scope string) bool {
		return !slices.Contains(s.options.Scopes, scope)
	})
	if len(granted) == 0 {
		return refuse("invalid_scope", "none of the scopes is one of the client's").fromServer()
	}

	return s.give(grant{
		client: client.Name, thumbprint: shown.thumbprint, scopes: granted, expires: s.options.Now().Add(s.options.TokenLifetime),
	})
}

// give makes the token of a grant.
func (s *Server) give(granted grant) Answer {
	token, err := s.random()
	if err != nil {
		return Answer{Status: http.StatusInternalServerError, Body: errorBody{Error: "server_error"}, Result: "500 server_error"}
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.options.Now()
	for hash, old := range s.tokens {
		if old.expires.Before(now) {
			delete(s.tokens, hash)
		}
	}

	s.tokens[sha256.Sum256([]byte(token))] = granted

	return Answer{Status: http.StatusOK, Result: "200 token", Body: tokenAnswer{
		AccessToken: token, TokenType: "DPoP", ExpiresIn: int(s.options.TokenLifetime / time.Second),
		Scope: strings.Join(granted.scopes, " "),
	}}
}

// readForm reads a request that leaves no doubt about what it asks for.
func readForm(r *http.Request, body []byte) (url.Values, *refusal) {
	if r.Method != http.MethodPost {
		return nil, refuse("invalid_request", "the method is not POST")
	}

	if r.URL.RawQuery != "" {
		return nil, refuse("invalid_request", "there is a query")
	}

	for _, name := range []string{"Content-Type", "Accept", "DPoP", "User-Agent"} {
		if len(r.Header.Values(name)) > 1 {
			return nil, refuse("invalid_request", "the header "+name+" is there more than once")
		}
	}

	if len(r.Header.Values("Authorization")) > 0 {
		return nil, refuse("invalid_request", "there is a header Authorization")
	}

	if !isMedia(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil, refuse("invalid_request", "the content type is not application/x-www-form-urlencoded")
	}

	if !isMedia(r.Header.Get("Accept"), "application/json") {
		return nil, refuse("invalid_request", "the header Accept is not application/json")
	}

	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, refuse("invalid_request", "the body is not a form")
	}

	for _, name := range []string{"client_id", "grant_type", "scope", "client_assertion_type", "client_assertion"} {
		if values := form[name]; len(values) != 1 || values[0] == "" {
			return nil, refuse("invalid_request", name+" is not there once")
		}
	}

	if form.Get("grant_type") != "client_credentials" {
		return nil, refuse("unsupported_grant_type", "grant_type is not client_credentials")
	}

	return form, nil
}

func isMedia(header, want string) bool {
	media, _, err := mime.ParseMediaType(header)

	return err == nil && media == want
}
