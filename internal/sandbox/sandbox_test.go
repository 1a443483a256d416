package sandbox_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

const (
	consumerKey = "abcDEF0123456789abcDEF0123456789abcDEF0123456789!0123456789abcdef0123456789abcdef0000000000000000"
	otherKey    = "other-consumer!0"
	srcClientID = "8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de"
	otherClient = "11111111-2222-4333-8444-555555555555"
	serviceID   = "ISSUER#DEMO#01"
	lockedID    = "ISSUER#LOCKED#01"
	kid         = "20260101000000-sandbox-fpan-encryption-src-mastercard-int"
	cardsPath   = sandbox.BasePath + "/cards"
)

func now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

type keys struct{ signing, stranger, decryption *rsa.PrivateKey }

// Making RSA keys is slow, and no test changes them.
var sharedKeys = sync.OnceValue(func() keys { //nolint:gochecknoglobals // see above
	var made [3]*rsa.PrivateKey
	for i := range made {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}

		made[i] = key
	}

	return keys{made[0], made[1], made[2]}
})

// fixture is a sandbox behind a real server, and a client of it.
type fixture struct {
	keys    keys
	sandbox *sandbox.Sandbox
	url     string
	http    *http.Client
	now     func() time.Time
	log     *syncBuffer
}

func newOptions() sandbox.Options {
	k := sharedKeys()

	return sandbox.Options{
		Clients: []sandbox.Client{
			{
				ConsumerKey: consumerKey,
				SigningKeys: []*rsa.PublicKey{&k.signing.PublicKey},
				Programs: []sandbox.Program{
					{SrcClientID: srcClientID, ServiceID: serviceID},
					{SrcClientID: srcClientID, ServiceID: lockedID, Locked: true},
				},
			},
			{
				ConsumerKey: otherKey,
				SigningKeys: []*rsa.PublicKey{&k.stranger.PublicKey},
				Programs:    []sandbox.Program{{SrcClientID: otherClient, ServiceID: serviceID}},
			},
		},
		DecryptionKeys: map[string]*rsa.PrivateKey{kid: k.decryption},
		LateBy:         time.Millisecond,
		HungFor:        time.Millisecond,
		Now:            now,
	}
}

func setup(tb testing.TB, change ...func(*sandbox.Options)) *fixture {
	tb.Helper()

	f := prepare(tb, change...)
	server := httptest.NewServer(f.sandbox)
	tb.Cleanup(server.Close)

	f.url, f.http = server.URL, server.Client()

	return f
}

// prepare makes the sandbox without a server.
func prepare(tb testing.TB, change ...func(*sandbox.Options)) *fixture {
	tb.Helper()

	log := &syncBuffer{}
	options := newOptions()
	options.Logger = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))

	for _, f := range change {
		f(&options)
	}

	s, err := sandbox.New(options)
	require.NoError(tb, err)

	return &fixture{keys: sharedKeys(), sandbox: s, now: now, log: log}
}

type members = map[string]any

func cardOf(number string) members {
	return members{"primaryAccountNumber": number, "panExpirationMonth": "12", "panExpirationYear": "2029"}
}

// enrollment is a body of POST /cards for a card.
func (f *fixture) enrollment(tb testing.TB, card members, change ...func(members)) []byte {
	tb.Helper()

	return f.enrollmentOf(tb, f.seal(tb, marshal(tb, card)), change...)
}

func (f *fixture) enrollmentOf(tb testing.TB, token string, change ...func(members)) []byte {
	tb.Helper()

	body := members{
		"srcClientId":   srcClientID,
		"serviceId":     serviceID,
		"cardSource":    "ISSUER",
		"encryptedCard": token,
		"consumer": members{
			"consumerIdentity": members{"identityType": "EMAIL_ADDRESS", "identityValue": "ana.sample@example.com"},
			"emailAddress":     "ana.sample@example.com",
			"mobileNumber":     members{"countryCode": "1", "phoneNumber": "5555550100"},
			"firstName":        "Ana",
			"lastName":         "Sample",
		},
	}

	for _, f := range change {
		f(body)
	}

	return marshal(tb, body)
}

// seal encrypts as the API documents.
func (f *fixture) seal(tb testing.TB, plaintext []byte) string {
	tb.Helper()

	return sealWith(tb, plaintext, jose.RSA_OAEP_256, jose.A128GCM, &f.keys.decryption.PublicKey, kid, nil)
}

func sealWith(
	tb testing.TB, plaintext []byte, alg jose.KeyAlgorithm, enc jose.ContentEncryption, key any, kid string,
	extra map[jose.HeaderKey]any,
) string {
	tb.Helper()

	options := (&jose.EncrypterOptions{}).WithContentType("application/json")
	for name, value := range extra {
		options.WithHeader(name, value)
	}

	encrypter, err := jose.NewEncrypter(enc, jose.Recipient{Algorithm: alg, Key: key, KeyID: kid}, options)
	require.NoError(tb, err)

	sealed, err := encrypter.Encrypt(plaintext)
	require.NoError(tb, err)

	token, err := sealed.CompactSerialize()
	require.NoError(tb, err)

	return token
}

func marshal(tb testing.TB, value any) []byte {
	tb.Helper()

	body, err := json.Marshal(value)
	require.NoError(tb, err)

	return body
}

// enroll sends a card and expects an answer, whatever it is.
func (f *fixture) enroll(tb testing.TB, number string) answer {
	tb.Helper()

	return f.do(tb, request{body: f.enrollment(tb, cardOf(number))})
}

type enrolled struct {
	SrcCorrelationID string `json:"srcCorrelationId"`
	MaskedCard       struct {
		SrcDigitalCardID  string `json:"srcDigitalCardId"`
		PanBin            string `json:"panBin"`
		PanLastFour       string `json:"panLastFour"`
		DateOfCardCreated string `json:"dateOfCardCreated"`
	} `json:"maskedCard"`
	MaskedConsumer struct {
		MaskedEmailAddress     string `json:"maskedEmailAddress"`
		MaskedFirstName        string `json:"maskedFirstName"`
		MaskedConsumerIdentity struct {
			MaskedIdentityValue string `json:"maskedIdentityValue"`
		} `json:"maskedConsumerIdentity"`
		MaskedMobileNumber struct {
			PhoneNumber string `json:"phoneNumber"`
		} `json:"maskedMobileNumber"`
	} `json:"maskedConsumer"`
}

func (a answer) enrolled(tb testing.TB) enrolled {
	tb.Helper()
	require.Equal(tb, http.StatusOK, a.status, string(a.body))

	var e enrolled
	require.NoError(tb, json.Unmarshal(a.body, &e))

	return e
}

// syncBuffer is a log that handlers write while a test reads.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.buf.String()
}

func unmarshal(tb testing.TB, body []byte) any {
	tb.Helper()

	var value any
	require.NoError(tb, json.Unmarshal(body, &value))

	return value
}
