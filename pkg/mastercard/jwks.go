package mastercard

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"enroll.example/clicktopay/internal/keyfile"
)

// fpanKID is the part of a kid that names the purpose we encrypt for. Other keys
// of the set verify payloads and identities.
const fpanKID = "fpan-encryption"

// fetchDeadline is how long fetching a key set may take in all.
const fetchDeadline = 15 * time.Second

// publishedKID is the form of current kids: a time, then environment and
// purpose. That the later time is the newer key is inferred from it.
var publishedKID = regexp.MustCompile(`^\d{14}-`)

// ParseJWKS picks the key for card data from a JSON Web Key Set (RFC 7517): the
// one whose kid is pin or, with no pin, an RSA key with use "enc" and a kid
// containing "fpan-encryption"; of several such keys, the one whose kid begins
// with the latest time. Keys of other kinds are passed over.
func ParseJWKS(data []byte, pin string) (*EncryptionKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}

	text, err := keyfile.Text(data)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("key set: not a JSON Web Key Set%s: %w", otherKind(data), maskError(err))
	}

	var (
		candidates []publishedKey
		seen       []string
	)

	for _, raw := range set.Keys {
		var key publishedKey
		if err := json.Unmarshal(raw, &key); err != nil {
			continue // a key of some other kind, for somebody else
		}

		seen = append(seen, fmt.Sprintf("%.80q", key.KID))
		if key.wanted(pin) {
			key.raw = raw
			candidates = append(candidates, key)
		}
	}

	if len(candidates) == 0 {
		return nil, fmt.Errorf("key set: no key %s among its %d: %s", wish(pin), len(set.Keys), list(seen))
	}

	chosen, err := newest(candidates)
	if err != nil {
		return nil, err
	}

	return chosen.decode()
}

// otherKind says what a file is that was taken for a key set, where that is known.
func otherKind(data []byte) string {
	items, err := keyfile.Parse(data)

	switch {
	case err != nil && !errors.Is(err, keyfile.ErrNoKeyFile):
		return ", " + err.Error()
	case err == nil && items[0].Kind != keyfile.KindJSON:
		return ", it holds " + items[0].String()
	default:
		return ""
	}
}

// publishedKey is what of a JWK decides whether it is the one.
type publishedKey struct {
	KTY string `json:"kty"`
	Use string `json:"use"`
	KID string `json:"kid"`

	raw json.RawMessage
}

func (k publishedKey) wanted(pin string) bool {
	if pin != "" {
		return k.KID == pin
	}

	return k.KTY == "RSA" && k.Use == "enc" && strings.Contains(k.KID, fpanKID)
}

func newest(keys []publishedKey) (publishedKey, error) {
	if len(keys) == 1 {
		return keys[0], nil
	}

	for i, key := range keys {
		if !publishedKID.MatchString(key.KID) || slices.ContainsFunc(keys[:i], func(k publishedKey) bool { return k.KID == key.KID }) {
			return publishedKey{}, fmt.Errorf("key set: %d keys could be the one, and their kids do not tell which is newer: pin one kid",
				len(keys))
		}
	}

	return slices.MaxFunc(keys, func(a, b publishedKey) int { return strings.Compare(a.KID, b.KID) }), nil
}

func (k publishedKey) decode() (*EncryptionKey, error) {
	if k.KTY != "RSA" || k.Use != "" && k.Use != "enc" {
		return nil, fmt.Errorf("key set: the key %.80q has kty %.20q and use %.20q, expected RSA and enc", k.KID, k.KTY, k.Use)
	}

	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON(k.raw); err != nil {
		return nil, fmt.Errorf("key set: key %.80q: %w", k.KID, maskError(err))
	}

	public, ok := jwk.Key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("key set: the key %.80q is %s; encrypting needs an RSA public key", k.KID, kindOf(jwk.Key))
	}

	var notAfter time.Time
	if len(jwk.Certificates) > 0 {
		notAfter = jwk.Certificates[0].NotAfter
	}

	return NewEncryptionKey(k.KID, public, notAfter)
}

// LoadJWKS is ParseJWKS for a file.
func LoadJWKS(file, pin string) (*EncryptionKey, error) {
	data, err := keyfile.Read(file)
	if err != nil {
		return nil, fmt.Errorf("key set file %s: %w", file, err)
	}

	key, err := ParseJWKS(data, pin)
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", file, err)
	}

	return key, nil
}

// FetchJWKS is ParseJWKS for what an https URL answers to an unsigned GET, such
// as SandboxKeys. It takes at most 15 seconds, follows no redirect, reads at most
// 1 MiB and does not retry. A nil transport means NewTransport(). Plain http is
// for loopback addresses only: whoever can change the key can read the cards.
func FetchJWKS(ctx context.Context, transport http.RoundTripper, address, pin string) (*EncryptionKey, error) {
	data, err := fetchKeySet(ctx, transport, address)
	if err != nil {
		return nil, fmt.Errorf("fetching the key set: %w", err)
	}

	key, err := ParseJWKS(data, pin)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shownURL(address), err)
	}

	return key, nil
}

// keySetURL reads the address of a key set. No error repeats one that is wrong: it may hold a password.
func keySetURL(address string) (*url.URL, error) {
	target, err := url.Parse(address)

	switch {
	case strings.Contains(address, "@"):
		return nil, errors.New("the URL holds a user name or password (an @), which a published key set does not need")
	case err != nil || target.Host == "":
		return nil, fmt.Errorf("that is not a URL such as %s", ProductionKeys)
	case target.Scheme != "https" && !isLoopback(target):
		return nil, errors.New("the URL is not https: whoever can change the key on its way can read the cards")
	default:
		return target, nil
	}
}

// shownURL is an address as it may be told: a query may hold what gives access.
func shownURL(address string) string {
	target, err := keySetURL(address)
	if err != nil {
		return "the key set's URL"
	}

	shown := url.URL{Scheme: target.Scheme, Host: target.Host, Path: target.Path}

	return shown.String()
}

func fetchKeySet(ctx context.Context, transport http.RoundTripper, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchDeadline)
	defer cancel()

	target, err := keySetURL(address)
	if err != nil {
		return nil, err
	}

	if transport == nil {
		own := NewTransport()
		defer own.CloseIdleConnections()
		transport = own
	}

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("building the request: %w", err)
	}

	request.Header.Set("Accept-Encoding", "identity")

	answer, err := transport.RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shownURL(address), err)
	}
	defer answer.Body.Close()

	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered HTTP %d, expected 200 and a JSON Web Key Set", shownURL(address), answer.StatusCode)
	}

	data, err := keyfile.ReadLimited(answer.Body, keyfile.MaxBytes)
	if err == nil {
		data, err = unpackContent(answer.Header, data, keyfile.MaxBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("the answer of %s: %w", shownURL(address), err)
	}

	return utf8Text(answer.Header.Get("Content-Type"), data), nil
}

func wish(pin string) string {
	if pin != "" {
		return fmt.Sprintf("has the pinned kid %.80q", pin)
	}

	return `has kty "RSA", use "enc" and a kid with "` + fpanKID + `"`
}

func list(names []string) string {
	switch {
	case len(names) == 0:
		return "it holds none"
	case len(names) > 10:
		return strings.Join(names[:10], ", ") + ", ..."
	default:
		return strings.Join(names, ", ")
	}
}
