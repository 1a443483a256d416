package mastercard

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"io"
	"log/slog"
	"time"

	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// A SigningKey signs requests, or for OAuth 2.0 what asks for access tokens. It does not print its private part.
type SigningKey struct {
	private  *rsa.PrivateKey // nil for an EC key, which is for OAuth 2.0 alone
	oauth2   *oauth2.Key
	kind     string // such as RSA-2048
	bits     int
	notAfter time.Time
	sha256   string
}

// NewSigningKey takes a key of at least 2048 bits. notAfter is when its
// certificate ends: calls after it are refused locally; zero means never.
func NewSigningKey(private *rsa.PrivateKey, notAfter time.Time) (*SigningKey, error) {
	if private == nil {
		return nil, fmt.Errorf("signing key: %w", checkRSA(nil))
	}
	if err := checkRSA(&private.PublicKey); err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	if err := private.Validate(); err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}

	return newSigningKey(private, private, notAfter)
}

// NewECSigningKey takes a key of P-256, which signs for OAuth 2.0 alone. notAfter is as for NewSigningKey.
func NewECSigningKey(private *ecdsa.PrivateKey, notAfter time.Time) (*SigningKey, error) {
	return newSigningKey(private, nil, notAfter)
}

// newSigningKey takes a key for both ways of authorizing calls, or for the later one alone.
func newSigningKey(private crypto.PrivateKey, forOAuth1 *rsa.PrivateKey, notAfter time.Time) (*SigningKey, error) {
	forOAuth2, err := oauth2.NewKey(private)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}

	key := &SigningKey{private: forOAuth1, oauth2: forOAuth2, notAfter: notAfter}

	if forOAuth1 != nil {
		key.bits, key.sha256 = forOAuth1.N.BitLen(), fingerprint(&forOAuth1.PublicKey)
		key.kind = fmt.Sprintf("RSA-%d", key.bits)
	} else if signer, ok := private.(crypto.Signer); ok {
		key.bits, key.sha256, key.kind = bitsOfP256, fingerprint(signer.Public()), "EC P-256"
	}

	return key, nil
}

const bitsOfP256 = 256

// LoadSigningKey reads a key from a PKCS#12 file (as downloaded from Mastercard
// Developers, or made by OpenSSL or keytool, new or legacy encryption, with or
// without a chain; where it holds several private keys, Alias names one) or from
// an unencrypted PEM or DER file (PKCS#1 or PKCS#8, a certificate beside it
// optional). With ForOAuth2 an EC key of P-256 is taken as well, and a JWK file. passwordFile holds
// the password of a PKCS#12 file in its first line; "" stands for no password. The certificate must not have ended by now.
//
// PEM and passwords are taken as editors and secrets managers leave them: with a
// byte order mark, in UTF-16, PEM also on one line or with \n for line ends.
// Errors name the file, what it is where it is of another kind (a Java keystore,
// an OpenSSH key, a certificate), and what to do; they wrap ErrNotRSA, ErrWeakKey,
// ErrWrongPassword or ErrKeyExpired where those apply, and hold no key material.
func LoadSigningKey(file, passwordFile string, now time.Time, options ...KeyOption) (*SigningKey, error) {
	data, err := keyfile.Read(file)
	if err != nil {
		return nil, fmt.Errorf("signing key file %s: %w", file, err)
	}

	password := ""
	if passwordFile != "" {
		if password, err = keyfile.Password(passwordFile); err != nil {
			return nil, fmt.Errorf("password file %s of the signing key: %w", passwordFile, err)
		}
	}

	key, err := ParseSigningKey(data, password, now, options...)
	if err != nil {
		return nil, fmt.Errorf("signing key file %s: %w", file, err)
	}

	return key, nil
}

// ParseSigningKey is LoadSigningKey for a file's content.
func ParseSigningKey(data []byte, password string, now time.Time, options ...KeyOption) (*SigningKey, error) {
	private, certificates, err := decodeKeyFile(data, password, optionsOf(options))
	if err != nil {
		return nil, err
	}

	notAfter, err := expiry(private, certificates)
	if err != nil {
		return nil, err
	}
	if err := checkExpiry(notAfter, now); err != nil {
		return nil, fmt.Errorf("%w: make a new signing key in the project on Mastercard Developers", err)
	}

	switch private := private.(type) {
	case *rsa.PrivateKey:
		return NewSigningKey(private, notAfter)
	case *ecdsa.PrivateKey:
		return NewECSigningKey(private, notAfter)
	default:
		return nil, ErrNotRSA // decodeKeyFile returns no other kind
	}
}

// SigningKey returns k: a key that is never replaced is its own source.
func (k *SigningKey) SigningKey() *SigningKey { return k }

// ForOAuth1 reports whether the key can sign requests by OAuth 1.0a: an EC key cannot.
func (k *SigningKey) ForOAuth1() bool { return k.private != nil }

// OAuth2Key is the key as it signs for OAuth 2.0.
func (k *SigningKey) OAuth2Key() *oauth2.Key { return k.oauth2 }

// NotAfter is when the key's certificate ends; zero when it is not known.
func (k *SigningKey) NotAfter() time.Time { return k.notAfter }

// Fingerprint is the SHA-256, in hex, of the public key (SubjectPublicKeyInfo).
func (k *SigningKey) Fingerprint() string { return k.sha256 }

// String describes the key without its private part.
func (k *SigningKey) String() string {
	if k == nil {
		return "no signing key"
	}

	return "signing key " + describe(k.kind, k.sha256, k.notAfter)
}

// Format writes String whatever the verb: fmt would print the private key's members.
func (k *SigningKey) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, k.String()) }

// LogValue writes String to logs.
func (k *SigningKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

func describe(kind, sha256 string, notAfter time.Time) string {
	until := "no expiry known"
	if !notAfter.IsZero() {
		until = "until " + notAfter.UTC().Format(time.RFC3339)
	}

	return fmt.Sprintf("%s sha256:%.16s %s", kind, sha256, until)
}
