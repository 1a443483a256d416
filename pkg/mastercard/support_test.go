package mastercard_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
	"enroll.example/clicktopay/pkg/pan"
)

const (
	testPAN     = "5204731600014784"
	consumerKey = "Zm9vYmFyLWNsaWVudC1pZF8w!0123456789abcdef0000000000000000"
	kid         = "20230207223521-sandbox-fpan-encryption-src-mastercard-int"
	srcClientID = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
	serviceID   = "ISSUER#DEMO#01"
)

// clock is when tests of this package take place, unless they say otherwise.
var clock = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant, but for its type

// The keys of all tests: making one takes a good part of a second.
//
//nolint:gochecknoglobals // see above
var (
	signingRSA    = sync.OnceValue(newRSA)
	encryptionRSA = sync.OnceValue(newRSA)
	proofKey      = sync.OnceValue(func() *oauth2.Key { return must(oauth2.GenerateKey(rand.Reader)) })
)

func newRSA() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}

	return key
}

func signingKey(tb testing.TB) *mastercard.SigningKey {
	tb.Helper()

	key, err := mastercard.NewSigningKey(signingRSA(), time.Time{})
	require.NoError(tb, err)

	return key
}

func encryptionKey(tb testing.TB) *mastercard.EncryptionKey {
	tb.Helper()

	key, err := mastercard.NewEncryptionKey(kid, &encryptionRSA().PublicKey, time.Time{})
	require.NoError(tb, err)

	return key
}

// newClient makes a client of good settings, after each change has been made to them.
func newClient(tb testing.TB, changes ...func(*mastercard.Config)) *mastercard.Client {
	tb.Helper()

	client, err := mastercard.New(settings(tb, changes...))
	require.NoError(tb, err)

	return client
}

func settings(tb testing.TB, changes ...func(*mastercard.Config)) mastercard.Config {
	tb.Helper()

	config := mastercard.Config{
		BaseURL:       mastercard.Sandbox,
		ConsumerKey:   consumerKey,
		SigningKey:    signingKey(tb),
		EncryptionKey: encryptionKey(tb),
		Now:           func() time.Time { return clock },
	}
	for _, change := range changes {
		change(&config)
	}

	return config
}

// at sends the calls to a server of the test's.
func at(url string) func(*mastercard.Config) {
	return func(c *mastercard.Config) { c.BaseURL = url }
}

// through sends the calls through a transport of the test's.
func through(transport http.RoundTripper) func(*mastercard.Config) {
	return func(c *mastercard.Config) { c.Transport = transport }
}

// authorizedBy authorizes the calls by OAuth 2.0, with tokens of a server of the test's.
func authorizedBy(server http.RoundTripper, changes ...func(*oauth2.Config)) func(*mastercard.Config) {
	return func(c *mastercard.Config) {
		config := oauth2.Config{
			TokenURL: oauth2.SandboxTokenURL, Issuer: oauth2.SandboxIssuer, ProofKey: proofKey(), Transport: server, Now: c.Now,
		}
		for _, change := range changes {
			change(&config)
		}

		c.Auth = mastercard.Auth{Scheme: mastercard.OAuth2, Scopes: []string{"service:scope1"}}
		c.OAuth2 = &mastercard.OAuth2Config{Tokens: must(oauth2.New(config))}
	}
}

// within gives each call a deadline.
func within(timeout time.Duration) func(*mastercard.Config) {
	return func(c *mastercard.Config) { c.CallTimeout = timeout }
}

func enrollRequest() mastercard.EnrollRequest {
	return mastercard.EnrollRequest{
		SrcClientID: srcClientID,
		ServiceID:   serviceID,
		Card: mastercard.Card{
			PrimaryAccountNumber: pan.Unchecked(testPAN),
			PanExpirationMonth:   "12",
			PanExpirationYear:    "2029",
			CardholderFullName:   "Ana <Sample> & Söhne",
			BillingAddress:       &mastercard.Address{Line1: "1 Test St", City: "St Louis", Zip: "63101", CountryCode: "US"},
		},
		Consumer: mastercard.Consumer{
			ConsumerIdentity: mastercard.ConsumerIdentity{
				IdentityType:  mastercard.ConsumerIdentityTypeEmailAddress,
				IdentityValue: "a.sample@example.com",
			},
			EmailAddress: "a.sample@example.com",
			MobileNumber: &mastercard.MobileNumber{CountryCode: "1", PhoneNumber: "5555550100"},
			FirstName:    "Ana",
			LastName:     "Sample",
		},
		SrcCorrelationID: "7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001",
	}
}

// enrolled is the answer to an enrollment, as the specification has it.
const enrolled = `{"srcCorrelationId":"4f339be7.7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001",
 "maskedCard":{"srcDigitalCardId":"8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de","panBin":"520473","panLastFour":"4784",
  "panExpirationMonth":"12","panExpirationYear":"2029","paymentCardDescriptor":"mastercard","paymentCardType":"CREDIT",
  "tokenUniqueReference":"DM4MMC0000TEST0000000000000000000000000000000001","dateOfCardCreated":"2026-01-02T03:04:05.678Z",
  "digitalCardData":{"status":"ACTIVE","descriptorName":"Test Bank","artUri":"https://assets.example/x.png","isCoBranded":"false"}},
 "maskedConsumer":{"srcConsumerId":"13f0cbf0-a731-485e-b64e-df3f4cf02758","status":"ACTIVE","dateConsumerAdded":"2026-01-02T03:04:05Z",
  "maskedConsumerIdentity":{"identityType":"EMAIL_ADDRESS","maskedIdentityValue":"a******e@example.com"}}}`

// roundTripper is a transport of the test's, for answers that no server has to give.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// answering answers every request alike; header holds names and values in turn.
func answering(status int, body string, header ...string) roundTripper {
	return func(request *http.Request) (*http.Response, error) {
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return nil, err
		}

		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Add(header[i], header[i+1])
		}

		return &http.Response{
			StatusCode: status,
			Header:     h,
			Body:       io.NopCloser(bytes.NewReader([]byte(body))),
			Request:    request,
		}, nil
	}
}
