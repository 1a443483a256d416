package mastercard

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Limits of what is accepted as a key.
const (
	minKeyBits = 2048
	maxKeyBits = 16384 // beyond it one operation takes seconds; nobody issues such keys
)

// Errors that loading a key wraps, for callers that tell them apart.
var (
	ErrKeyExpired    = errors.New("the certificate has expired")
	ErrNotRSA        = errors.New("the key is not an RSA key")
	ErrWrongPassword = errors.New("the password is wrong")
	ErrWeakKey       = fmt.Errorf("an RSA key of fewer than %d bits", minKeyBits)
)

// kindOf names a decoded key as people call it: Go's name of its type helps nobody.
func kindOf(key any) string {
	switch key.(type) {
	case *rsa.PrivateKey:
		return "an RSA private key"
	case *rsa.PublicKey:
		return "an RSA public key"
	case *ecdsa.PrivateKey:
		return "an EC private key"
	case *ecdsa.PublicKey:
		return "an EC public key"
	case ed25519.PrivateKey:
		return "an Ed25519 private key"
	case ed25519.PublicKey:
		return "an Ed25519 public key"
	case *ecdh.PrivateKey:
		return "an X25519 private key"
	case *ecdh.PublicKey:
		return "an X25519 public key"
	default:
		return "a key of another kind"
	}
}

// checkRSA refuses what is too weak, too large to use, or not a sound public key.
func checkRSA(key *rsa.PublicKey) error {
	if key == nil || key.N == nil {
		return errors.New("there is no key")
	}

	switch bits := key.N.BitLen(); {
	case bits < minKeyBits:
		return fmt.Errorf("%w (it has %d)", ErrWeakKey, bits)
	case bits > maxKeyBits:
		return fmt.Errorf("an RSA key of %d bits: more than %d are not supported", bits, maxKeyBits)
	case key.E < 3 || key.E%2 == 0 || key.N.Bit(0) == 0:
		return errors.New("an RSA key with an impossible exponent or modulus")
	}

	return nil
}

// checkExpiry fails for a certificate that ended before now; a zero notAfter never ends.
func checkExpiry(notAfter, now time.Time) error {
	if !notAfter.IsZero() && now.After(notAfter) {
		return fmt.Errorf("%w (on %s)", ErrKeyExpired, notAfter.UTC().Format(time.RFC3339))
	}

	return nil
}

// fingerprint is the SHA-256, in hex, of the key's SubjectPublicKeyInfo.
func fingerprint(key crypto.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return ""
	}

	sum := sha256.Sum256(der)

	return hex.EncodeToString(sum[:])
}
