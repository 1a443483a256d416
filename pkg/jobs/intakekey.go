package jobs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"enroll.example/clicktopay/internal/keyfile"
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

// LoadIntakeKey reads a private key from a file: PEM or DER (PKCS#8 or SEC 1), also PEM with a byte order mark, in UTF-16 or on
// one line. Its error names the file, and what it is where it is no such key.
func LoadIntakeKey(path string) (IntakeKey, error) {
	data, err := keyfile.Read(path)
	if err != nil {
		return IntakeKey{}, fmt.Errorf("intake key %s: %w", path, err)
	}
	defer clear(data)

	key, err := parsePrivate(data)
	if err != nil {
		return IntakeKey{}, fmt.Errorf("intake key %s: %w", path, err)
	}

	kid, err := Kid(&key.PublicKey)

	return IntakeKey{Kid: kid, Key: key}, err
}

// LoadIntakePublicKey reads a public key from a file: PEM or DER (PKIX), as LoadIntakeKey does.
func LoadIntakePublicKey(path string) (IntakePublicKey, error) {
	data, err := keyfile.Read(path)
	if err != nil {
		return IntakePublicKey{}, fmt.Errorf("public intake key %s: %w", path, err)
	}

	key, err := parsePublic(data)
	if err != nil {
		return IntakePublicKey{}, fmt.Errorf("public intake key %s: %w", path, err)
	}

	kid, err := Kid(key)

	return IntakePublicKey{Kid: kid, Key: key}, err
}

var (
	errNotP256 = errors.New("is not an EC key on P-256; " +
		"make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256")
	errPublic  = errors.New("is a public key; workers need the private one")
	errPrivate = errors.New("is no public key; publishers get the one made with: openssl pkey -in KEY -pubout")
	errLocked  = errors.New("is an encrypted key, which is not supported; decrypt it with: openssl pkey -in FILE -out NEW.pem")
)

func parsePrivate(data []byte) (*ecdsa.PrivateKey, error) {
	item, err := onlyItem(data)
	if err != nil {
		return nil, err
	}

	var parsed any

	switch item.Kind {
	case keyfile.KindPKCS8:
		parsed, err = x509.ParsePKCS8PrivateKey(item.Content)
	case keyfile.KindEC:
		parsed, err = x509.ParseECPrivateKey(item.Content)
	case keyfile.KindPKCS1:
		return nil, errNotP256
	case keyfile.KindPublic, keyfile.KindRSAPublic:
		return nil, errPublic
	case keyfile.KindEncrypted:
		return nil, errLocked
	default:
		return nil, fmt.Errorf("holds %s; workers need an EC private key in PEM", item)
	}

	if err != nil {
		return nil, fmt.Errorf("is not an unencrypted private key: %w", err)
	}

	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errNotP256
	}

	return key, nil
}

func parsePublic(data []byte) (*ecdsa.PublicKey, error) {
	item, err := onlyItem(data)
	if err != nil {
		return nil, err
	}

	if item.Kind.Private() || item.Kind == keyfile.KindEncrypted {
		return nil, errPrivate
	}

	if item.Kind != keyfile.KindPublic {
		return nil, fmt.Errorf("holds %s; publishers get the public key made with: openssl pkey -in KEY -pubout", item)
	}

	parsed, err := x509.ParsePKIXPublicKey(item.Content)
	if err != nil {
		return nil, fmt.Errorf("is not a public key: %w", err)
	}

	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errNotP256
	}

	return key, nil
}

// onlyItem is what the file holds beside the parameters that OpenSSL writes before an EC key.
func onlyItem(data []byte) (keyfile.Item, error) {
	items, err := keyfile.Parse(data)
	if err != nil {
		return keyfile.Item{}, err
	}

	items = slices.DeleteFunc(items, func(i keyfile.Item) bool { return i.Kind == keyfile.KindParameters })
	if len(items) != 1 {
		return keyfile.Item{}, fmt.Errorf("holds %d keys and certificates; leave the one key", len(items))
	}

	return items[0], nil
}

// shown makes a kid from outside fit for an error message.
func shown(kid string) string {
	const enough = 64
	if len(kid) > enough {
		kid = kid[:enough] + "..."
	}

	return pan.MaskText(kid)
}
