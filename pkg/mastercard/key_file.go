package mastercard

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Limits of what is accepted as a key.
const (
	maxKeyFileBytes = 1 << 20
	minKeyBits      = 2048
	maxKeyBits      = 16384 // beyond it one operation takes seconds; nobody issues such keys
)

// Errors that loading a key wraps, for callers that tell them apart.
var (
	ErrKeyExpired    = errors.New("the certificate has expired")
	ErrNotRSA        = errors.New("the key is not an RSA key")
	ErrWrongPassword = errors.New("the password is wrong")
	ErrWeakKey       = fmt.Errorf("an RSA key of fewer than %d bits", minKeyBits)
)

// readKeyFile reads a file that must hold something, and not much.
func readKeyFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening the file: %w", err)
	}
	defer func() { _ = file.Close() }() // what was only read loses nothing

	return readLimited(file, maxKeyFileBytes)
}

// readLimited reads all of r, or fails when that is nothing or more than limit bytes.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))

	switch {
	case err != nil:
		return nil, fmt.Errorf("reading: %w", err)
	case len(data) == 0:
		return nil, errors.New("it is empty")
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("it is larger than %d bytes, so it is no key", limit)
	}

	return data, nil
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
func fingerprint(key *rsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return ""
	}

	sum := sha256.Sum256(der)

	return hex.EncodeToString(sum[:])
}
