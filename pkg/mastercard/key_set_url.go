package mastercard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"enroll.example/clicktopay/internal/outfile"
)

// KeySetConfig says where a published key set is.
type KeySetConfig struct {
	// URL is SandboxKeys, ProductionKeys, or one of the same content; https, or http to a loopback address.
	URL string
	// Pin is the kid to use; empty for the choice that ParseJWKS makes.
	Pin string
	// CacheFile keeps the last good copy of the set, for starting while the URL cannot be reached. Empty: none is kept.
	CacheFile string
	// Transport fetches. Nil: NewTransport().
	Transport http.RoundTripper
}

// A KeySetURL is a source of encryption keys, and a Reloader, for the set that
// Mastercard publishes.
type KeySetURL struct {
	config KeySetConfig

	looking sync.Mutex // one look at a time
	last    []byte     // the set that is in use and kept, as fetched

	lock  sync.RWMutex // of what follows
	key   *EncryptionKey
	stale error
}

// OpenKeySetURL fetches the set, within 15 seconds. Where that fails it takes the
// copy in CacheFile, and Stale says why; with no such copy it fails.
func OpenKeySetURL(ctx context.Context, config KeySetConfig) (*KeySetURL, error) {
	if config.Transport == nil {
		config.Transport = NewTransport()
	}
	source := &KeySetURL{config: config}

	_, err := source.Reload(ctx)
	if err == nil || source.EncryptionKey() != nil {
		return source, nil
	}

	if config.CacheFile == "" {
		return nil, fmt.Errorf("%w; no file for a copy of it is configured", err)
	}

	key, cacheErr := LoadJWKS(config.CacheFile, config.Pin)

	switch {
	case errors.Is(cacheErr, os.ErrNotExist):
		return nil, fmt.Errorf("%w; there is no copy of it in %s yet: make the URL reachable, or put the key set there",
			err, config.CacheFile)
	case cacheErr != nil:
		return nil, fmt.Errorf("%w; its copy cannot be used: %w", err, cacheErr)
	}
	source.set(key, fmt.Errorf("%w; using its copy in %s", err, config.CacheFile))

	return source, nil
}

// EncryptionKey returns the key in use.
func (s *KeySetURL) EncryptionKey() *EncryptionKey {
	s.lock.RLock()
	defer s.lock.RUnlock()

	return s.key
}

// Stale says why the last look did not succeed in full, nil when it did.
func (s *KeySetURL) Stale() error {
	s.lock.RLock()
	defer s.lock.RUnlock()

	return s.stale
}

// String names the URL.
func (s *KeySetURL) String() string { return "key set " + shownURL(s.config.URL) }

// Reload fetches the set, within 15 seconds. The key chosen from it is in use from
// the next call on, and the copy on disk is replaced. A copy that cannot be written
// is an error, but does not keep the key from being used.
func (s *KeySetURL) Reload(ctx context.Context) (bool, error) {
	s.looking.Lock()
	defer s.looking.Unlock()

	key, data, err := s.fetch(ctx)
	if err != nil {
		s.set(nil, err)
		return false, err
	}

	before := s.EncryptionKey()
	changed := before == nil || before.kid != key.kid || before.sha256 != key.sha256

	if !bytes.Equal(data, s.last) {
		err = s.keepCopy(data)
	}
	if err == nil {
		s.last = data
	}

	s.set(key, err)

	return changed, err
}

// set takes a new key, if there is one, and the state of things.
func (s *KeySetURL) set(key *EncryptionKey, stale error) {
	s.lock.Lock()
	defer s.lock.Unlock()

	if key != nil {
		s.key = key
	}
	s.stale = stale
}

func (s *KeySetURL) fetch(ctx context.Context) (*EncryptionKey, []byte, error) {
	data, err := fetchKeySet(ctx, s.config.Transport, s.config.URL)
	if err != nil {
		return nil, nil, fmt.Errorf("fetching the key set: %w", err)
	}

	key, err := ParseJWKS(data, s.config.Pin)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", shownURL(s.config.URL), err)
	}

	return key, data, nil
}

// keepCopy replaces the copy in one step, so that a crash leaves the old one or the new one.
func (s *KeySetURL) keepCopy(data []byte) error {
	if s.config.CacheFile == "" {
		return nil
	}

	if err := outfile.Check(s.config.CacheFile); err != nil {
		return fmt.Errorf("keeping a copy of the key set: %w", err)
	}

	file, err := os.CreateTemp(filepath.Dir(s.config.CacheFile), filepath.Base(s.config.CacheFile)+".*")
	if err != nil {
		return fmt.Errorf("keeping a copy of the key set: %w", err)
	}

	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = outfile.Rename(file.Name(), s.config.CacheFile)
	}
	if err != nil {
		return fmt.Errorf("keeping a copy of the key set: %w", errors.Join(err, os.Remove(file.Name())))
	}

	return nil
}
