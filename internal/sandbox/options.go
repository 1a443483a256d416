package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

const (
	defaultTimestampWindow = 5 * time.Minute
	defaultLateBy          = time.Second
	defaultHungFor         = 2 * time.Minute
	smallestKeyBits        = 2048
)

// Options say whom the sandbox knows and how strict it is where the facts leave it open.
type Options struct {
	// Clients may call. At least one.
	Clients []Client
	// DecryptionKeys open encrypted cards, by kid. At least one. Their public halves are
	// published at KeysPath.
	DecryptionKeys map[string]*rsa.PrivateKey
	// TimestampWindow is how far oauth_timestamp may be off in either direction; 5 minutes
	// when zero. Inferred: Mastercard publishes none.
	TimestampWindow time.Duration
	// AcceptA256GCM lets cards be encrypted with A256GCM too. The API documents A128GCM.
	AcceptA256GCM bool
	// ClientIDOptional takes calls without the header x-openapi-clientid. One that names another client is refused all the same.
	ClientIDOptional bool
	// OAuth2 says how the authorization server and the checks of its tokens behave.
	OAuth2 OAuth2
	// ReEnroll says what enrolling an enrolled card again does. Not documented by Mastercard;
	// Upsert when empty.
	ReEnroll ReEnroll
	// BatchTakes is how long after a batch was received its results are there; at once when zero.
	BatchTakes time.Duration
	// RepeatedBatch says what a batch does whose externalBatchId the program has used before. Not documented by Mastercard; Upsert,
	// which takes it as a new one, when empty.
	RepeatedBatch ReEnroll
	// LateBy is how long the slow scenario takes; 1 second when zero.
	LateBy time.Duration
	// HungFor bounds the scenario that is slower than any client; 2 minutes when zero.
	HungFor time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Random is read by New, for the key that identifiers and the ledger are made with, and for each token and nonce of
	// OAuth 2.0; crypto/rand when nil.
	Random io.Reader
	// Logger gets a record for each request, without card data; none when nil.
	Logger *slog.Logger
}

// Client is one project at the gateway.
type Client struct {
	// ConsumerKey is what it sends as oauth_consumer_key.
	ConsumerKey string
	// SigningKeys verify its signatures, and its assertions where it asks for tokens. Several while a key is being replaced.
	SigningKeys []*rsa.PublicKey
	// ECKeys verify its assertions as well, of P-256. A client that has only such keys calls with OAuth 2.0 alone.
	ECKeys []*ecdsa.PublicKey
	// NoTokenConnect: it may not use Token Connect.
	NoTokenConnect bool
	// Programs are what it may enroll for.
	Programs []Program
}

// OAuth2 are options of the authorization server, which is at authserver.TokenPath. A client's client id and kid there are the
// two halves of its consumer key (inferred). The zero value of each means its default.
type OAuth2 struct {
	// Issuer is what client assertions are for (aud): scheme and host of the request when empty.
	Issuer string
	// Scopes may be asked for. Calls need the first one; authserver.DefaultScope when empty.
	Scopes []string
	// TokenLifetime is for how long a token is good, 15 minutes when zero.
	TokenLifetime time.Duration
	// RequireNonce has proofs refused that lack a nonce of the server's.
	RequireNonce bool
	// NonceLifetime is after what time there is another nonce, 5 minutes when zero.
	NonceLifetime time.Duration
}

// Program is a pair of names given at onboarding.
type Program struct {
	SrcClientID string
	ServiceID   string
	// DirectoryID is the program's directory, for calls below it; empty for none.
	DirectoryID string
	// Locked programs are refused with 403 PERMISSION_DENIED.
	Locked bool
}

// ReEnroll is a policy for cards that are enrolled already.
type ReEnroll string

const (
	// Upsert answers as for a new card, with the same identifiers, and counts another effect.
	Upsert ReEnroll = "upsert"
	// AlreadyExists answers 400 ALREADY_EXISTS and counts no effect.
	AlreadyExists ReEnroll = "already_exists"
)

func (o Options) withDefaults() Options {
	if o.TimestampWindow == 0 {
		o.TimestampWindow = defaultTimestampWindow
	}

	if o.ReEnroll == "" {
		o.ReEnroll = Upsert
	}

	if o.RepeatedBatch == "" {
		o.RepeatedBatch = Upsert
	}

	if o.LateBy == 0 {
		o.LateBy = defaultLateBy
	}

	if o.HungFor == 0 {
		o.HungFor = defaultHungFor
	}

	if o.Now == nil {
		o.Now = time.Now
	}

	if o.Random == nil {
		o.Random = rand.Reader
	}

	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	return o
}

// check reports everything that is wrong, not the first thing.
func (o Options) check() error {
	var problems []error

	if len(o.Clients) == 0 {
		problems = append(problems, errors.New("no client: give at least one consumer key with its public key"))
	}

	seen := map[string]bool{}
	for i, client := range o.Clients {
		if seen[client.ConsumerKey] {
			problems = append(problems, fmt.Errorf("client %d: its consumer key is given twice", i+1))
		}

		seen[client.ConsumerKey] = true

		if err := client.check(); err != nil {
			problems = append(problems, fmt.Errorf("client %d: %w", i+1, err))
		}
	}

	if len(o.DecryptionKeys) == 0 {
		problems = append(problems, errors.New("no decryption key: give at least one, with its kid"))
	}

	for kid, key := range o.DecryptionKeys {
		if kid == "" {
			problems = append(problems, errors.New("a decryption key has an empty kid"))
		}

		if key == nil || key.N.BitLen() < smallestKeyBits {
			problems = append(problems, fmt.Errorf("decryption key %q: not an RSA key of at least %d bits", kid, smallestKeyBits))
		}
	}

	if o.ReEnroll != "" && o.ReEnroll != Upsert && o.ReEnroll != AlreadyExists {
		problems = append(problems, fmt.Errorf("re-enroll policy %q: use %q or %q", o.ReEnroll, Upsert, AlreadyExists))
	}

	if o.RepeatedBatch != "" && o.RepeatedBatch != Upsert && o.RepeatedBatch != AlreadyExists {
		problems = append(problems, fmt.Errorf("repeated batch policy %q: use %q or %q", o.RepeatedBatch, Upsert, AlreadyExists))
	}

	if min(o.BatchTakes, o.TimestampWindow, o.LateBy, o.HungFor, o.OAuth2.TokenLifetime, o.OAuth2.NonceLifetime) < 0 {
		problems = append(problems, errors.New("a duration is negative"))
	}

	return errors.Join(problems...)
}

func (c Client) check() error {
	if c.ConsumerKey == "" {
		return errors.New("its consumer key is empty")
	}

	if len(c.SigningKeys)+len(c.ECKeys) == 0 {
		return errors.New("it has no signing key")
	}

	for _, key := range c.SigningKeys {
		if key == nil || key.N.BitLen() < smallestKeyBits {
			return fmt.Errorf("a signing key is not an RSA key of at least %d bits", smallestKeyBits)
		}
	}

	for _, key := range c.ECKeys {
		if key == nil || key.Curve != elliptic.P256() {
			return errors.New("an EC key is not one of P-256")
		}
	}

	if len(c.Programs) == 0 {
		return errors.New("it has no program: give a srcClientId and a serviceId")
	}

	for _, program := range c.Programs {
		if program.SrcClientID == "" || program.ServiceID == "" {
			return errors.New("a program lacks its srcClientId or its serviceId")
		}
	}

	return nil
}
