package jobs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/go-jose/go-jose/v4"

	"enroll.example/clicktopay/pkg/pan"
)

// IntakeKey is a worker's key for opening seals: EC on P-256.
type IntakeKey struct {
	Kid string
	Key *ecdsa.PrivateKey
}

// IntakePublicKey is what publishers get.
type IntakePublicKey struct {
	Kid string
	Key *ecdsa.PublicKey
}

// Public returns the half for publishers.
func (k IntakeKey) Public() IntakePublicKey {
	return IntakePublicKey{Kid: k.Kid, Key: &k.Key.PublicKey}
}

// Kid returns the id of an intake key: its JWK thumbprint with SHA-256 (RFC
// 7638), which every JOSE library can compute from the key alone.
func Kid(key *ecdsa.PublicKey) (string, error) {
	jwk := jose.JSONWebKey{Key: key}

	thumbprint, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("computing the thumbprint of an intake key: %w", err)
	}

	return base64.RawURLEncoding.EncodeToString(thumbprint), nil
}

// LoadIntakeKey reads a private key from a PEM file (PKCS#8 or SEC 1).
func LoadIntakeKey(path string) (IntakeKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return IntakeKey{}, fmt.Errorf("reading the intake key: %w", err)
	}

	key, err := parsePrivate(text)
	if err != nil {
		return IntakeKey{}, fmt.Errorf("intake key %s: %w", path, err)
	}

	kid, err := Kid(&key.PublicKey)

	return IntakeKey{Kid: kid, Key: key}, err
}

// LoadIntakePublicKey reads a public key from a PEM file (PKIX).
func LoadIntakePublicKey(path string) (IntakePublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return IntakePublicKey{}, fmt.Errorf("reading the public intake key: %w", err)
	}

	key, err := parsePublic(text)
	if err != nil {
		return IntakePublicKey{}, fmt.Errorf("public intake key %s: %w", path, err)
	}

	kid, err := Kid(key)

	return IntakePublicKey{Kid: kid, Key: key}, err
}

var (
	errNoPEM   = errors.New("is not a PEM file")
	errNotP256 = errors.New("is not an EC key on P-256; " +
		"make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256")
	errPublic  = errors.New("is a public key; workers need the private one")
	errPrivate = errors.New("is no public key; publishers get the one made with: openssl pkey -in KEY -pubout")
)

func parsePrivate(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errNoPEM
	}

	switch block.Type {
	case "PUBLIC KEY":
		return nil, errPublic
	case "EC PRIVATE KEY":
		key, err := x509.ParseECPrivateKey(block.Bytes)
		if err != nil || key.Curve != elliptic.P256() {
			return nil, errNotP256
		}

		return key, nil
	default:
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("is not an unencrypted PKCS#8 private key: %w", err)
		}

		key, ok := parsed.(*ecdsa.PrivateKey)
		if !ok || key.Curve != elliptic.P256() {
			return nil, errNotP256
		}

		return key, nil
	}
}

func parsePublic(text []byte) (*ecdsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errNoPEM
	}

	if block.Type != "PUBLIC KEY" {
		return nil, errPrivate
	}

	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("is not a public key: %w", err)
	}

	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errNotP256
	}

	return key, nil
}

// shown makes a kid from outside fit for an error message.
func shown(kid string) string {
	const enough = 64
	if len(kid) > enough {
		kid = kid[:enough] + "..."
	}

	return pan.MaskText(kid)
}
