package oauth2

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/go-jose/go-jose/v4"
)

// Limits of RSA keys, in bits.
const (
	minKeyBits = 2048
	maxKeyBits = 16384 // beyond it one signature takes seconds
)

// A Key is a private key that signs client assertions, proofs, or both: RSA of at least 2048 bits signs with PS256, EC P-256
// with ES256. It does not print its private part.
type Key struct {
	private    any
	algorithm  jose.SignatureAlgorithm
	thumbprint string
	proofs     jose.Signer
}

// NewKey takes an *rsa.PrivateKey or an *ecdsa.PrivateKey.
func NewKey(private crypto.PrivateKey) (*Key, error) {
	switch private := private.(type) {
	case *rsa.PrivateKey:
		if err := checkRSA(private); err != nil {
			return nil, err
		}

		return newKey(private, &private.PublicKey, jose.PS256)
	case *ecdsa.PrivateKey:
		if private == nil || private.Curve != elliptic.P256() {
			return nil, errors.New("an EC key has to be one of P-256, which signs with ES256")
		}

		return newKey(private, &private.PublicKey, jose.ES256)
	default:
		return nil, errors.New("a key for OAuth 2.0 has to be an RSA key of 2048 bits or more, or an EC key of P-256")
	}
}

func checkRSA(private *rsa.PrivateKey) error {
	if private == nil || private.N == nil {
		return errors.New("there is no key")
	}

	if bits := private.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return fmt.Errorf("an RSA key has to have %d to %d bits, not %d", minKeyBits, maxKeyBits, bits)
	}

	if err := private.Validate(); err != nil {
		return fmt.Errorf("an RSA key that is not sound: %w", err)
	}

	return nil
}

// GenerateKey makes an EC key of P-256 for proofs.
func GenerateKey(random io.Reader) (*Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}

	return NewKey(private)
}

// newKey makes what is the same in all that the key signs.
func newKey(private crypto.PrivateKey, public crypto.PublicKey, algorithm jose.SignatureAlgorithm) (*Key, error) {
	jwk := jose.JSONWebKey{Key: public}

	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("the key's thumbprint: %w", err)
	}

	text, err := jwk.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("the key as JWK: %w", err)
	}

	key := &Key{private: private, algorithm: algorithm, thumbprint: base64.RawURLEncoding.EncodeToString(sum)}
	key.proofs, err = key.signer((&jose.SignerOptions{}).WithType("dpop+jwt").WithHeader("kid", key.thumbprint).
		WithHeader("jwk", json.RawMessage(text)))

	return key, err
}

//nolint:ireturn // the library hands out an interface
func (k Key) signer(options *jose.SignerOptions) (jose.Signer, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.algorithm, Key: k.private}, options)
	if err != nil {
		return nil, fmt.Errorf("preparing to sign: %w", err)
	}

	return signer, nil
}

// Algorithm is PS256 or ES256.
func (k Key) Algorithm() string { return string(k.algorithm) }

// Thumbprint is the RFC 7638 SHA-256 thumbprint of the public key, in base64url.
func (k Key) Thumbprint() string { return k.thumbprint }

// String describes the key without its private part. A copy hides itself as well.
func (k Key) String() string {
	return fmt.Sprintf("%s key, thumbprint %.16s", k.algorithm, k.thumbprint)
}

// Format writes String whatever the verb: fmt would print the private key's members.
func (k Key) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, k.String()) }

// LogValue writes String to logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// serialize signs claims and returns the token in compact form.
func serialize(signer jose.Signer, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encoding what is signed: %w", err)
	}

	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}

	return signed.CompactSerialize()
}
