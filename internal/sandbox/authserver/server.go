// Package authserver is an authorization server for OAuth 2.0 as Mastercard has it (FAPI 2.0 with private_key_jwt and DPoP), and
// what an API checks that accepts its tokens. It refuses whatever the servers refuse that Mastercard's own clients are tested
// against, and shares no code with our client.
package authserver

import (
	"crypto"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/sandbox/onetime"
)

// TokenPath is the path of the token endpoint.
const TokenPath = "/oauth/token" //nolint:gosec // a path, and no credential

// Defaults of Options.
const (
	DefaultScope         = "sandbox:enroll"
	defaultTokenLifetime = 15 * time.Minute
	defaultNonceLifetime = 5 * time.Minute

	// skew is how far the client's clock may be ahead.
	skew = 5 * time.Second
	// window is how old an assertion or a proof may be.
	window = 2 * time.Minute
)

// A Client may ask for tokens.
type Client struct {
	// ID is its client id, KID the id of its key.
	ID, KID string
	// Keys verify its assertions: RSA or EC of P-256. Several while one is being replaced.
	Keys []crypto.PublicKey
	// Name is what Admit returns.
	Name string
}

// Options of a server. The zero value of each but Clients means its default.
type Options struct {
	Clients []Client
	// Issuer is what assertions are made for (aud); scheme and host of the request when empty.
	Issuer string
	// Scopes are what a client may ask for, the first one being what calls of the API need; DefaultScope when empty.
	Scopes []string
	// TokenLifetime is for how long a token is good; 15 minutes when zero.
	TokenLifetime time.Duration
	// RequireNonce has both servers refuse proofs without one of their newest two nonces.
	RequireNonce bool
	// NonceLifetime is after what time a server hands out another nonce; 5 minutes when zero.
	NonceLifetime time.Duration
	Now           func() time.Time
	Random        io.Reader
}

// Answer is what a server says.
type Answer struct {
	Status int
	Header http.Header
	Body   any
	// Result is what it is counted as.
	Result string
}

// Server is both: the authorization server, and the checks of the API.
type Server struct {
	options    Options
	assertions *onetime.Uses
	proofs     *onetime.Uses
	// Each server has its own nonces.
	server, api *nonces

	reading sync.Mutex // of random bytes

	mu     sync.Mutex
	tokens map[[32]byte]grant
}

// grant is what a token is good for. The token itself is not kept.
type grant struct {
	client     string
	thumbprint string // of the key that it is bound to
	scopes     []string
	expires    time.Time
}

// New makes a server that has given no token yet.
func New(options Options) *Server {
	if len(options.Scopes) == 0 {
		options.Scopes = []string{DefaultScope}
	}

	if options.TokenLifetime == 0 {
		options.TokenLifetime = defaultTokenLifetime
	}

	if options.NonceLifetime == 0 {
		options.NonceLifetime = defaultNonceLifetime
	}

	return &Server{
		options:    options,
		assertions: onetime.New(window, onetime.Most),
		proofs:     onetime.New(window, onetime.Most),
		server:     &nonces{},
		api:        &nonces{},
		tokens:     map[[32]byte]grant{},
	}
}

// RevokeTokens ends all tokens.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()

	clear(s.tokens)
}

// client finds who has this id, and a key of this id.
func (s *Server) client(id, kid string) (Client, bool) {
	at := slices.IndexFunc(s.options.Clients, func(c Client) bool { return c.ID == id && c.KID == kid })
	if at < 0 {
		return Client{}, false
	}

	return s.options.Clients[at], true
}

func (s *Server) random() (string, error) {
	const size = 32

	s.reading.Lock()
	defer s.reading.Unlock()

	bytes := make([]byte, size)
	if _, err := io.ReadFull(s.options.Random, bytes); err != nil {
		return "", fmt.Errorf("reading random bytes: %w", err)
	}

	return base64.RawURLEncoding.EncodeToString(bytes), nil
}

// nonces are those that a server has handed out last.
type nonces struct {
	mu                sync.Mutex
	current, previous string
	since             time.Time
}

// newest makes another when the last one is too old.
func (n *nonces) newest(s *Server) string {
	if !s.options.RequireNonce {
		return ""
	}

	n.mu.Lock()
	defer n.mu.Unlock()

	if now := s.options.Now(); n.current == "" || now.Sub(n.since) >= s.options.NonceLifetime {
		made, err := s.random()
		if err != nil {
			return n.current // the one before stays
		}

		n.previous, n.current, n.since = n.current, made, now
	}

	return n.current
}

func (n *nonces) good(nonce string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()

	return nonce != "" && (nonce == n.current || nonce == n.previous)
}
