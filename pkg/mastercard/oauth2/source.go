package oauth2

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Source gets access tokens, keeps them, and proves that they are ours. It can be used by any number of goroutines at once.
type Source struct {
	config Config
	target *url.URL
	// The newest nonces of the authorization server and of the API: each has its own.
	server, api nonces

	mu      sync.Mutex
	entries map[string]*entry
}

// New checks the whole configuration; its error names every member that is wrong. Nothing is sent.
func New(config Config) (*Source, error) {
	if err := config.check(); err != nil {
		return nil, err
	}

	target, err := url.Parse(config.TokenURL)
	if err != nil {
		return nil, fmt.Errorf("configuring OAuth 2.0: TokenURL is not a URL such as %s", SandboxTokenURL)
	}

	return &Source{config: config.withDefaults(), target: target, entries: map[string]*entry{}}, nil
}

// ProofKey is the key that tokens are bound to.
func (s *Source) ProofKey() *Key { return s.config.ProofKey }

// entry is what is kept for one client and one set of scopes.
type entry struct {
	token   *Token        // nil: there is none
	asking  chan struct{} // closed when the request that is under way has ended; nil: there is none
	failed  error         // of the last request; nil: it brought a token
	again   time.Time     // not before it is asked again after a failure
	pause   time.Duration
	usedFor time.Time // when somebody asked last
}

// How long the token endpoint is left alone after a failure: twice as long each time.
const (
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// Token returns an access token for the scopes that does not end at once. It is kept, and asked for anew a minute before its
// end: by one call, while the others go on with the old one until it ends. Where there is none, all wait for the answer to one
// request.
//
// After a failure the endpoint is left alone for a second, then for two and so on up to 30, or for as long as it asks to be.
// Those who ask meanwhile get the same error, or the token that there is. The error is a *Refusal, that of ctx, or one that says
// why there was no answer; context.DeadlineExceeded in it may be that of Config.Timeout.
func (s *Source) Token(ctx context.Context, client Client, scopes []string) (*Token, error) {
	if err := errors.Join(client.check(), CheckScopes(scopes)); err != nil {
		return nil, fmt.Errorf("asking for an access token: %w", err)
	}

	scopes = slices.Sorted(slices.Values(scopes))
	scope := strings.Join(slices.Compact(scopes), " ")
	one := s.entryOf(client, scope)

	for {
		token, wait, err := s.look(one)
		if token != nil || err != nil {
			return token, err
		}

		if wait == nil {
			return s.renew(ctx, one, client, scope)
		}

		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-wait:
		}
	}
}

// entryOf finds what is kept, or makes it. Those that nobody has asked for since their token ended are given up, as with each
// key that is replaced comes another.
func (s *Source) entryOf(client Client, scope string) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.config.Now()
	name := strings.Join([]string{client.ID, client.KID, client.Key.Thumbprint(), scope}, "\x00")

	one, known := s.entries[name]
	if !known {
		for other, old := range s.entries {
			if old.asking == nil && now.Sub(old.usedFor) > maxLifetime {
				delete(s.entries, other)
			}
		}

		one = &entry{}
		s.entries[name] = one
	}

	one.usedFor = now

	return one
}

// look returns a token to use, an error that stands, or a channel to wait for. Where it returns none of these, the caller has to
// ask the server, and nobody else does.
func (s *Source) look(one *entry) (*Token, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.config.Now()
	usable := one.token != nil && now.Before(one.token.expires)
	resting := now.Before(one.again)

	switch {
	case usable && (now.Before(one.token.renewAt) || one.asking != nil || resting):
		return one.token, nil, nil
	case one.asking != nil:
		return nil, one.asking, nil
	case resting:
		return nil, nil, one.failed
	default:
		one.asking = make(chan struct{})
		return nil, nil, nil
	}
}

// renew asks the server, and tells those who wait. Whatever happens, somebody may ask again after it.
func (s *Source) renew(ctx context.Context, one *entry, client Client, scope string) (token *Token, err error) {
	err = errors.New("asking the token endpoint panicked")

	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()

		close(one.asking)
		one.asking = nil

		token, err = s.cache(one, token, err, ctx.Err() != nil)
	}()

	token, err = s.fetch(ctx, client, scope)

	return token, err
}

// cache writes down what came of a request, and returns what its caller gets: the old token as long as it is good.
func (s *Source) cache(one *entry, token *Token, err error, canceled bool) (*Token, error) {
	now := s.config.Now()

	switch {
	case err == nil:
		token.of = one
		one.token, one.failed, one.again, one.pause = token, nil, time.Time{}, 0

		return token, nil
	case canceled: // by the one who asked, which says nothing of the server
		return nil, err
	}

	one.pause = min(max(2*one.pause, firstPause), longestPause)
	one.again = now.Add(one.pause)

	if refused, ok := errors.AsType[*Refusal](err); ok {
		one.again = now.Add(max(one.pause, refused.RetryAfter))
		refused.Again = one.again
	}

	one.failed = err

	if one.token != nil && now.Before(one.token.expires) {
		return one.token, nil
	}

	return nil, err
}

// Discard gives up a token that the API has refused: the next who asks gets another.
func (s *Source) Discard(token *Token) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if token.of.token == token {
		token.of.token = nil
	}
}
