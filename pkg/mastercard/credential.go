package mastercard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/keyfile"
)

// A Credential is a consumer key and the signing key that belongs to it. Each call takes one whole, so that none is signed by
// the key of one and named by the other.
type Credential struct {
	consumerKey string
	key         *SigningKey
}

// NewCredential joins the two. Its error does not repeat the consumer key.
func NewCredential(consumerKey string, key *SigningKey) (*Credential, error) {
	if err := CheckConsumerKey(consumerKey); err != nil {
		return nil, fmt.Errorf("consumer key: %w", err)
	}
	if key == nil {
		return nil, errors.New("a credential needs a signing key")
	}

	return &Credential{consumerKey: consumerKey, key: key}, nil
}

// Credentials gives the credential of each call, so that it can be replaced while calls run; nil means that there is none.
type Credentials interface{ Credential() *Credential }

// Credential returns c: a credential that is never replaced is its own source.
func (c *Credential) Credential() *Credential { return c }

// fixedConsumer is a source of credentials of which only the signing key is ever replaced.
type fixedConsumer struct {
	consumerKey string
	keys        SigningKeys
}

func (f fixedConsumer) Credential() *Credential {
	return &Credential{f.consumerKey, f.keys.SigningKey()}
}

// ConsumerKey returns the consumer key of the credential.
func (c *Credential) ConsumerKey() string { return c.consumerKey }

// SigningKey returns the key of the credential.
func (c *Credential) SigningKey() *SigningKey { return c.key }

// String describes the credential without its private part.
func (c *Credential) String() string {
	return "client " + clientIDOf(c.consumerKey) + ", " + c.key.String()
}

// CredentialFiles is a source of credentials, and a Reloader, for a consumer key and a signing key in files that may be
// replaced while calls run: those in flight end on the old pair.
type CredentialFiles struct{ watched *keyfile.Watched[*Credential] }

// OpenCredentialFiles loads the consumer key and the signing key as LoadSigningKey does.
func OpenCredentialFiles(
	consumerKeyFile, signingKeyFile, passwordFile string, now func() time.Time, options ...KeyOption,
) (*CredentialFiles, error) {
	files := []string{consumerKeyFile, signingKeyFile}
	if passwordFile != "" {
		files = append(files, passwordFile)
	}

	watched, err := keyfile.Open("consumer key and signing key files", files, func() (*Credential, error) {
		return loadCredential(consumerKeyFile, func() (*SigningKey, error) {
			return LoadSigningKey(signingKeyFile, passwordFile, now(), options...)
		})
	})
	if err != nil {
		return nil, err
	}

	return &CredentialFiles{watched}, nil
}

// loadCredential refuses a consumer key that is replaced while the signing key is read: the two would be of different pairs.
func loadCredential(consumerKeyFile string, load func() (*SigningKey, error)) (*Credential, error) {
	before, err := LoadConsumerKey(consumerKeyFile)
	if err != nil {
		return nil, err
	}

	key, err := load()
	if err != nil {
		return nil, err
	}

	after, err := LoadConsumerKey(consumerKeyFile)
	if err != nil {
		return nil, err
	}
	if before != after {
		return nil, fmt.Errorf("consumer key file %s: it was replaced while the signing key was read", consumerKeyFile)
	}

	return NewCredential(after, key)
}

// LoadConsumerKey reads a consumer key; a line end behind it is ignored. Its error names the file, and does not repeat what
// is in it.
func LoadConsumerKey(file string) (string, error) {
	text, err := keyfile.ReadText(file)
	if err != nil {
		return "", fmt.Errorf("consumer key file %s: %w", file, err)
	}

	key := strings.TrimSpace(string(text))
	if err := CheckConsumerKey(key); err != nil {
		return "", fmt.Errorf("consumer key file %s: it %w", file, err)
	}

	return key, nil
}

// Credential returns the pair in use.
func (f *CredentialFiles) Credential() *Credential { return f.watched.Current() }

// SigningKey returns the signing key in use.
func (f *CredentialFiles) SigningKey() *SigningKey { return f.Credential().key }

// Reload looks whether one of the files has changed.
func (f *CredentialFiles) Reload(ctx context.Context) (bool, error) { return f.watched.Reload(ctx) }

// String names the files.
func (f *CredentialFiles) String() string { return f.watched.String() }
