package mastercard

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// maxToken is the size, in bytes, of the largest JWE that is opened.
const maxToken = 256 << 10

// tokenForm is a JWE in compact serialization: five parts of base64url, none empty.
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){4}$`)

// ErrNotOpened is wrapped by every error of DecryptionKeys.Open.
var ErrNotOpened = errors.New("the encrypted data cannot be opened")

// DecryptionKeys open what the API encrypts for its client. They do not print
// their private parts and do not change once made.
type DecryptionKeys struct{ byKID map[string]*SigningKey }

// NewDecryptionKeys takes keys by the id that the API names them with, several
// while one replaces another. A SigningKey stands for any private RSA key here:
// LoadSigningKey reads them.
func NewDecryptionKeys(byKID map[string]*SigningKey) (*DecryptionKeys, error) {
	if len(byKID) == 0 {
		return nil, errors.New("decryption keys: there is none")
	}

	for kid, key := range byKID {
		if !kidForm.MatchString(kid) || key == nil || key.private == nil {
			return nil, fmt.Errorf("decryption keys: %.40q has no kid, or no key", kid)
		}
	}

	return &DecryptionKeys{byKID: maps.Clone(byKID)}, nil
}

// tokenHeader is what decides about a JWE. Older answers write keyId for kid.
type tokenHeader struct {
	Alg   string          `json:"alg"`
	Enc   string          `json:"enc"`
	Zip   string          `json:"zip"`
	Crit  json.RawMessage `json:"crit"`
	KID   string          `json:"kid"`
	KeyID string          `json:"keyId"`
}

// Open returns the content of a compact JWE of the API's: RSA-OAEP-256 with
// A128GCM, A192GCM or A256GCM, and a nonce of 12 bytes, or 16 as Mastercard's Java
// library makes it against RFC 7518. Without a kid, each key is tried. CBC is refused.
func (k *DecryptionKeys) Open(token string) ([]byte, error) {
	if len(token) > maxToken || !tokenForm.MatchString(token) {
		return nil, fmt.Errorf("%w: not a JWE in compact serialization of at most %d bytes", ErrNotOpened, maxToken)
	}

	parts := strings.Split(token, ".")

	decoded := make([][]byte, len(parts))
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return nil, fmt.Errorf("%w: part %d of the JWE is not base64url", ErrNotOpened, i+1)
		}
	}

	var header tokenHeader
	if err := json.Unmarshal(decoded[0], &header); err != nil {
		return nil, fmt.Errorf("%w: the JWE's header is not JSON of the expected types", ErrNotOpened)
	}

	size, err := header.keySize()
	if err != nil {
		return nil, err
	}

	keys, err := k.candidates(header)
	if err != nil {
		return nil, err
	}

	for _, key := range keys {
		contentKey, err := rsa.DecryptOAEP(sha256.New(), nil, key.private, decoded[1], nil)
		if err == nil && len(contentKey) == size {
			return openGCM(contentKey, decoded[2], decoded[3], decoded[4], []byte(parts[0]))
		}
	}

	return nil, fmt.Errorf("%w: it is for another key", ErrNotOpened)
}

// keySize is that of the content key, for a header that is accepted.
func (h tokenHeader) keySize() (int, error) {
	size := map[string]int{"A128GCM": 16, "A192GCM": 24, "A256GCM": 32}[h.Enc]

	switch {
	case h.Alg != "RSA-OAEP-256" || size == 0:
		return 0, fmt.Errorf("%w: alg %.20q and enc %.20q, expected RSA-OAEP-256 and one of A128GCM, A192GCM, A256GCM",
			ErrNotOpened, h.Alg, h.Enc)
	case len(h.Crit) > 0 || h.Zip != "":
		return 0, fmt.Errorf("%w: crit or zip in its header, which are not supported", ErrNotOpened)
	default:
		return size, nil
	}
}

func (k *DecryptionKeys) candidates(header tokenHeader) ([]*SigningKey, error) {
	kid := header.KID
	if kid == "" {
		kid = header.KeyID
	}
	if kid == "" {
		return slices.Collect(maps.Values(k.byKID)), nil
	}

	key, ok := k.byKID[kid]
	if !ok {
		return nil, fmt.Errorf("%w: there is no key %.80q, only %s", ErrNotOpened, kid, list(slices.Sorted(maps.Keys(k.byKID))))
	}

	return []*SigningKey{key}, nil
}

func openGCM(key, nonce, ciphertext, tag, header []byte) ([]byte, error) {
	if len(nonce) != 12 && len(nonce) != 16 || len(tag) != 16 {
		return nil, fmt.Errorf("%w: a nonce of %d bytes and a tag of %d", ErrNotOpened, len(nonce), len(tag))
	}

	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotOpened, err)
	}

	gcm, err := cipher.NewGCMWithNonceSize(block, len(nonce))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotOpened, err)
	}

	content, err := gcm.Open(nil, nonce, slices.Concat(ciphertext, tag), header)
	if err != nil {
		return nil, fmt.Errorf("%w: it was altered", ErrNotOpened)
	}

	return content, nil
}
