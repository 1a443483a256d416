package settings

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/mastercard"
)

// API says where and as whom Mastercard is called.
type API struct {
	MastercardURL          string        `name:"mastercard-url"            placeholder:"URL"   help:"Base URL of the API, or one of sandbox, production, sandbox-india, production-india."`
	ConsumerKeyFile        string        `name:"consumer-key-file"         placeholder:"FILE"  help:"File with the project's consumer key."`
	SigningKeyFile         string        `name:"signing-key-file"          placeholder:"FILE"  help:"RSA key that signs requests: PKCS#12 or PEM."`
	SigningKeyPasswordFile string        `name:"signing-key-password-file" placeholder:"FILE"  help:"Password of a PKCS#12 file."`
	EncryptionKeyFile      string        `name:"encryption-key-file"       placeholder:"FILE"  help:"Mastercard's key for cards: JWKS, or PEM key or certificate with --encryption-kid."`
	EncryptionKeyURL       string        `name:"encryption-key-url"        placeholder:"URL"   help:"JWKS to take Mastercard's key from instead, read at start."`
	EncryptionKid          string        `name:"encryption-kid"            placeholder:"KID"   help:"Kid of that key: needed with PEM, pins the choice with a JWKS."`
	CallTimeout            time.Duration `name:"call-timeout"              default:"30s"       help:"Deadline of one call, from encrypting to the last byte of the answer."`
	ComplianceAt           string        `name:"compliance-at"             default:"request"   help:"Where consents go: request or consumer." enum:"request,consumer"`
	AllowPlainHTTP         bool          `name:"allow-plain-http"                              help:"Let --mastercard-url be http and not loopback: for tests between machines only."`
}

// environments are the names that --mastercard-url takes instead of a URL.
func environments() map[string]string {
	return map[string]string{
		"sandbox":          mastercard.Sandbox,
		"production":       mastercard.Production,
		"sandbox-india":    mastercard.SandboxIndia,
		"production-india": mastercard.ProductionIndia,
	}
}

// Client loads the keys and makes the client. Its error names every setting that is wrong.
func (a API) Client(ctx context.Context) (*mastercard.Client, error) {
	consumerKey, errConsumer := a.consumerKey()
	signing, errSigning := a.signingKey()
	encryption, errEncryption := a.encryptionKey(ctx)

	if err := Faults(missing("mastercard-url", a.MastercardURL), errConsumer, errSigning, errEncryption); err != nil {
		return nil, err
	}

	base, named := environments()[a.MastercardURL]
	if !named {
		base = a.MastercardURL
	}

	client, err := mastercard.New(mastercard.Config{
		BaseURL:        base,
		ConsumerKey:    consumerKey,
		SigningKey:     signing,
		EncryptionKey:  encryption,
		CallTimeout:    a.CallTimeout,
		ComplianceAt:   mastercard.CompliancePlace(a.ComplianceAt),
		AllowPlainHTTP: a.AllowPlainHTTP,
	})

	return client, Faults(err)
}

func (a API) consumerKey() (string, error) {
	if err := missing("consumer-key-file", a.ConsumerKeyFile); err != nil {
		return "", err
	}

	text, err := os.ReadFile(a.ConsumerKeyFile)

	return strings.TrimSpace(string(text)), about("consumer-key-file", err)
}

func (a API) signingKey() (*mastercard.SigningKey, error) {
	if err := missing("signing-key-file", a.SigningKeyFile); err != nil {
		return nil, err
	}

	key, err := mastercard.LoadSigningKey(a.SigningKeyFile, a.SigningKeyPasswordFile, time.Now())

	return key, about("signing-key-file", err)
}

func (a API) encryptionKey(ctx context.Context) (*mastercard.EncryptionKey, error) {
	switch {
	case a.EncryptionKeyFile != "" && a.EncryptionKeyURL != "":
		return nil, errors.New("--encryption-key-file and --encryption-key-url: give one of them")
	case a.EncryptionKeyURL != "":
		key, err := mastercard.FetchJWKS(ctx, keyTransport(), a.EncryptionKeyURL, a.EncryptionKid)
		return key, about("encryption-key-url", err)
	case strings.HasSuffix(a.EncryptionKeyFile, ".json"):
		key, err := mastercard.LoadJWKS(a.EncryptionKeyFile, a.EncryptionKid)
		return key, about("encryption-key-file", err)
	default:
		if err := missing("encryption-key-file", a.EncryptionKeyFile); err != nil {
			return nil, err
		}

		key, err := mastercard.LoadEncryptionKey(a.EncryptionKeyFile, a.EncryptionKid, time.Now())

		return key, about("encryption-key-file", err)
	}
}

// keyTransport is the client's own transport: key endpoints ask for no signature.
func keyTransport() http.RoundTripper { return mastercard.NewTransport() }
