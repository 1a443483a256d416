package mastercard

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"time"

	"enroll.example/clicktopay/internal/keyfile"
)

// An EncryptionKey is Mastercard's public key for card data, with the id under
// which Mastercard knows it (the JWE's kid).
type EncryptionKey struct {
	kid      string
	public   *rsa.PublicKey
	notAfter time.Time
	sha256   string
}

// kidForm is what can be a key id: published ones look like
// 20230207223521-sandbox-fpan-encryption-src-mastercard-int.
var kidForm = regexp.MustCompile(`^[A-Za-z0-9._:=+/-]{1,255}$`)

// NewEncryptionKey takes a key of at least 2048 bits and its id as published,
// which is not derived from the key. notAfter is when its certificate ends;
// zero means never.
func NewEncryptionKey(kid string, public *rsa.PublicKey, notAfter time.Time) (*EncryptionKey, error) {
	if !kidForm.MatchString(kid) {
		return nil, fmt.Errorf("encryption key: the kid %.40q cannot be one: give the id that Mastercard published with the key", kid)
	}
	if err := checkRSA(public); err != nil {
		return nil, fmt.Errorf("encryption key %s: %w", kid, err)
	}

	return &EncryptionKey{kid: kid, public: public, notAfter: notAfter, sha256: fingerprint(public)}, nil
}

// LoadEncryptionKey reads Mastercard's key from a file with one public key (PKIX
// or PKCS#1) or certificate, as PEM or DER, published under kid, or from a JSON
// Web Key Set, in which kid pins the choice and may be "". PEM is taken as
// LoadSigningKey takes it. A certificate must not have ended by now. Errors name
// the file and what to do.
func LoadEncryptionKey(file, kid string, now time.Time) (*EncryptionKey, error) {
	data, err := keyfile.Read(file)
	if err != nil {
		return nil, fmt.Errorf("encryption key file %s: %w", file, err)
	}

	key, err := ParseEncryptionKey(data, kid, now)
	if err != nil {
		return nil, fmt.Errorf("encryption key file %s: %w", file, err)
	}

	return key, nil
}

// ParseEncryptionKey is LoadEncryptionKey for a file's content.
func ParseEncryptionKey(data []byte, kid string, now time.Time) (*EncryptionKey, error) {
	if keyfile.IsJSON(data) {
		return ParseJWKS(data, kid)
	}

	public, notAfter, err := decodePublic(data)
	if err != nil {
		return nil, err
	}
	if err := checkExpiry(notAfter, now); err != nil {
		return nil, fmt.Errorf("%w: fetch the current key from %s", err, ProductionKeys)
	}

	return NewEncryptionKey(kid, public, notAfter)
}

func decodePublic(data []byte) (*rsa.PublicKey, time.Time, error) {
	items, err := keyfile.Parse(data)
	if err != nil {
		return nil, time.Time{}, err
	}

	var (
		key      any
		notAfter time.Time
	)

	switch item := items[0]; {
	case item.Kind == keyfile.KindCertificate:
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(item.Content); err == nil {
			key, notAfter = certificate.PublicKey, certificate.NotAfter
		}
	case item.Kind == keyfile.KindPublic:
		key, err = x509.ParsePKIXPublicKey(item.Content)
	case item.Kind == keyfile.KindRSAPublic:
		key, err = x509.ParsePKCS1PublicKey(item.Content)
	case item.Kind.Private(), item.Kind == keyfile.KindEncrypted, item.Kind == keyfile.KindPKCS12:
		err = fmt.Errorf("%s, for a private key: the API encrypts for Mastercard, with Mastercard's public key", item)
	default:
		err = errors.New(item.String())
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("it holds neither a public key nor a certificate: %w", err)
	}

	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, time.Time{}, fmt.Errorf(
			"%w but %s: encrypting for the API (RSA-OAEP-256) needs an RSA public key", ErrNotRSA, kindOf(key))
	}

	return public, notAfter, nil
}

// EncryptionKey returns k: a key that is never replaced is its own source.
func (k *EncryptionKey) EncryptionKey() *EncryptionKey { return k }

// KID is the id under which Mastercard published the key.
func (k *EncryptionKey) KID() string { return k.kid }

// NotAfter is when the key's certificate ends; zero when it is not known.
func (k *EncryptionKey) NotAfter() time.Time { return k.notAfter }

// Fingerprint is the SHA-256, in hex, of the key (SubjectPublicKeyInfo).
func (k *EncryptionKey) Fingerprint() string { return k.sha256 }

// String describes the key.
func (k *EncryptionKey) String() string {
	if k == nil {
		return "no encryption key"
	}

	return "encryption key " + k.kid + " " + describe(fmt.Sprintf("RSA-%d", k.public.N.BitLen()), k.sha256, k.notAfter)
}
