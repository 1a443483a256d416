package sandbox

import (
	"crypto"
	"log/slog"
	"net/http"
	"strings"

	"enroll.example/clicktopay/internal/sandbox/authserver"
)

func newAuthServer(options Options) *authserver.Server {
	clients := make([]authserver.Client, 0, len(options.Clients))

	for _, client := range options.Clients {
		id, kid, _ := strings.Cut(client.ConsumerKey, "!")

		var keys []crypto.PublicKey
		for _, key := range client.SigningKeys {
			keys = append(keys, key)
		}

		for _, key := range client.ECKeys {
			keys = append(keys, key)
		}

		clients = append(clients, authserver.Client{ID: id, KID: kid, Keys: keys, Name: client.ConsumerKey})
	}

	return authserver.New(authserver.Options{
		Clients:       clients,
		Issuer:        options.OAuth2.Issuer,
		Scopes:        options.OAuth2.Scopes,
		TokenLifetime: options.OAuth2.TokenLifetime,
		RequireNonce:  options.OAuth2.RequireNonce,
		NonceLifetime: options.OAuth2.NonceLifetime,
		Now:           options.Now,
		Random:        options.Random,
	})
}

// RevokeTokens ends all access tokens: calls with them are refused as invalid_token.
func (s *Sandbox) RevokeTokens() { s.auth.RevokeTokens() }

// admit says whose request it is: by a token where it shows one, else by its signature.
func (s *Sandbox) admit(r *http.Request, path string, body []byte) (*Client, *reply) {
	if !authserver.IsFor(r) {
		return s.gateway.admit(r, body)
	}

	name, refused := s.auth.Admit(r, authority(r)+path)
	if refused != nil {
		return nil, authReply(*refused)
	}

	return s.gateway.clients[name], nil
}

// serveToken answers at the token endpoint.
func (s *Sandbox) serveToken(w http.ResponseWriter, r *http.Request) {
	body, answer := readBody(w, r)
	if answer == nil {
		answer = authReply(s.auth.Token(r, authority(r), body))
	}

	s.ledger.asked(answer.result)
	s.options.Logger.LogAttrs(r.Context(), slog.LevelInfo, "asked for a token",
		slog.Int("status", answer.status), slog.String("result", answer.result))
	s.deliver(w, r, answer)
}

func authReply(answer authserver.Answer) *reply {
	made := jsonReply(answer.Status, answer.Body)
	made.header, made.result = answer.Header, answer.Result

	return made
}
