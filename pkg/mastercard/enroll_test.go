package mastercard_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/openapi"
)

// received is a request as a server saw it.
type received struct {
	request *http.Request
	body    []byte
	oauth   map[string]string
	err     error
}

// recorder is a server that verifies each request's signature, keeps the request, and answers that the card is enrolled.
func recorder(t *testing.T) (string, <-chan received) {
	t.Helper()

	seen := make(chan received, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		got := received{request: r, body: body, err: err}

		if err == nil {
			got.oauth, got.err = verifyRequest(r, "http", body)
		}
		seen <- got

		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Src-Cx-Flow-Id", "flow-1.site#2")
		_, _ = io.WriteString(w, enrolled)
	}))
	t.Cleanup(server.Close)

	return server.URL, seen
}

func TestEnroll(t *testing.T) {
	t.Parallel()

	url, seen := recorder(t)
	client := newClient(t, at(url+"/src/api/digital/payments/"))

	request := enrollRequest()
	request.FlowID = "flow-0"
	answer := client.Enroll(t.Context(), request)

	require.NoError(t, answer.Err)
	require.Equal(t, mastercard.Enrolled, answer.Verdict)
	require.Equal(t, 200, answer.HTTPStatus)
	require.Zero(t, answer.Failure)
	require.Equal(t, "8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de", answer.SrcDigitalCardID)
	require.Equal(t, "DM4MMC0000TEST0000000000000000000000000000000001", answer.TokenUniqueReference)
	require.Equal(t, "4f339be7.7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001", answer.SrcCorrelationID)
	require.Equal(t, "flow-1.site#2", answer.FlowID)
	require.Equal(t, "520473", answer.Card.PanBin)
	require.Equal(t, "4784", answer.Card.PanLastFour)
	require.Equal(t, "ACTIVE", answer.Card.DigitalCardData.Status)

	got := <-seen
	require.NoError(t, got.err)
	require.Equal(t, http.MethodPost, got.request.Method)
	require.Equal(t, "/src/api/digital/payments/cards", got.request.RequestURI)
	require.Equal(t, "flow-0", got.request.Header.Get("X-Src-Cx-Flow-Id"))
	require.Contains(t, got.request.Header.Get("Content-Type"), "application/json")
	require.Equal(t, int64(len(got.body)), got.request.ContentLength, "the body is not chunked")
	require.Equal(t, consumerKey, got.oauth["oauth_consumer_key"])
	require.NotContains(t, string(got.body), testPAN)

	stamp, err := strconv.ParseInt(got.oauth["oauth_timestamp"], 10, 64)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), time.Unix(stamp, 0), time.Minute)
}

func TestEnrollSendsWhatTheDescriptionAsksFor(t *testing.T) {
	t.Parallel()

	document, err := openapi3.NewLoader().LoadFromData(openapi.YAML())
	require.NoError(t, err)

	consents := &mastercard.ComplianceSettings{Tnc: &mastercard.Consent{AcceptedVersion: "LATEST"}}

	for name, c := range map[string]struct {
		config  func(*mastercard.Config)
		request func(*mastercard.EnrollRequest)
		check   func(t *testing.T, sent mastercard.EnrollCardRequest)
	}{
		"what is set": {
			request: func(r *mastercard.EnrollRequest) {
				r.CardSource, r.KeyFingerprintID = mastercard.CardSourceCardholder, strings.Repeat("a1", 32)
			},
			check: func(t *testing.T, sent mastercard.EnrollCardRequest) {
				t.Helper()

				want := enrollRequest()
				require.Equal(t, want.SrcClientID, sent.SrcClientID)
				require.Equal(t, want.ServiceID, sent.ServiceID)
				require.Equal(t, want.Consumer, sent.Consumer)
				require.Equal(t, want.SrcCorrelationID, sent.SrcCorrelationID)
				require.Equal(t, mastercard.CardSourceCardholder, sent.CardSource)
				require.Equal(t, strings.Repeat("a1", 32), sent.KeyFingerprintID)
				require.Nil(t, sent.ComplianceSettings)
			},
		},
		"the issuer as source of the card, when none is set": {
			check: func(t *testing.T, sent mastercard.EnrollCardRequest) {
				t.Helper()
				require.Equal(t, mastercard.CardSourceIssuer, sent.CardSource)
			},
		},
		"consents in the request": {
			request: func(r *mastercard.EnrollRequest) { r.Compliance = consents },
			check: func(t *testing.T, sent mastercard.EnrollCardRequest) {
				t.Helper()
				require.Equal(t, consents, sent.ComplianceSettings)
				require.Nil(t, sent.Consumer.ComplianceSettings)
			},
		},
		"consents in the consumer": {
			config:  func(c *mastercard.Config) { c.ComplianceAt = mastercard.ComplianceInConsumer },
			request: func(r *mastercard.EnrollRequest) { r.Compliance = consents },
			check: func(t *testing.T, sent mastercard.EnrollCardRequest) {
				t.Helper()
				require.Equal(t, consents, sent.Consumer.ComplianceSettings)
				require.Nil(t, sent.ComplianceSettings)
			},
		},
		"no correlation id that would be refused": {
			request: func(r *mastercard.EnrollRequest) { r.SrcCorrelationID = "job-17" },
			check: func(t *testing.T, sent mastercard.EnrollCardRequest) {
				t.Helper()
				require.Empty(t, sent.SrcCorrelationID)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url, seen := recorder(t)
			config := settings(t, at(url))
			request := enrollRequest()

			if c.config != nil {
				c.config(&config)
			}
			if c.request != nil {
				c.request(&request)
			}

			client, err := mastercard.New(config)
			require.NoError(t, err)
			require.Equal(t, mastercard.Enrolled, client.Enroll(t.Context(), request).Verdict)

			got := <-seen
			require.NoError(t, got.err)

			var loose any
			require.NoError(t, json.Unmarshal(got.body, &loose))
			require.NoError(t, document.Components.Schemas["EnrollCardRequest"].Value.VisitJSON(loose))

			var sent mastercard.EnrollCardRequest
			require.NoError(t, json.Unmarshal(got.body, &sent))
			c.check(t, sent)
		})
	}
}

func TestEnrollEncryptsTheCard(t *testing.T) {
	t.Parallel()

	url, seen := recorder(t)
	client := newClient(t, at(url))
	request := enrollRequest()

	contentKeys := map[string]bool{}

	for range 3 {
		client.Enroll(t.Context(), request)

		var sent mastercard.EnrollCardRequest
		require.NoError(t, json.Unmarshal((<-seen).body, &sent))

		token, err := jose.ParseEncryptedCompact(sent.EncryptedCard,
			[]jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A128GCM})
		require.NoError(t, err)
		require.Equal(t, kid, token.Header.KeyID)

		plain, err := token.Decrypt(encryptionRSA())
		require.NoError(t, err)
		require.JSONEq(t, `{"primaryAccountNumber":"5204731600014784","panExpirationMonth":"12","panExpirationYear":"2029",
			"cardholderFullName":"Ana <Sample> & Söhne",
			"billingAddress":{"line1":"1 Test St","city":"St Louis","zip":"63101","countryCode":"US"}}`, string(plain))

		contentKeys[strings.Split(sent.EncryptedCard, ".")[1]] = true
	}

	require.Len(t, contentKeys, 3, "each card has a content key of its own")
}

func TestCallsAreSignedAnew(t *testing.T) {
	t.Parallel()

	url, seen := recorder(t)
	client := newClient(t, at(url))
	nonces := map[string]bool{}

	for range 5 {
		client.Enroll(t.Context(), enrollRequest())

		got := <-seen
		require.NoError(t, got.err)
		nonces[got.oauth["oauth_nonce"]] = true
	}

	require.Len(t, nonces, 5)
}

// The transport resends by itself what meets a connection that broke while it was idle.
func TestResendsOfTheTransportAreSignedAnew(t *testing.T) {
	t.Parallel()

	url, seen := recorder(t)
	dialer := &fragileDialer{}
	transport := mastercard.NewTransport()
	transport.DialContext = dialer.DialContext
	client := newClient(t, at(url), through(transport))

	require.Equal(t, mastercard.Enrolled, client.Enroll(t.Context(), enrollRequest()).Verdict)
	<-seen
	dialer.breakOnWrite()

	var (
		lock    sync.Mutex
		written []string
	)

	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		WroteHeaderField: func(name string, values []string) {
			if textproto.CanonicalMIMEHeaderKey(name) == "Authorization" {
				lock.Lock()
				defer lock.Unlock()
				written = append(written, values...)
			}
		},
	})

	require.Equal(t, mastercard.Enrolled, client.Enroll(ctx, enrollRequest()).Verdict)

	got := <-seen
	require.NoError(t, got.err)
	require.Len(t, written, 2, "the transport sent twice")
	require.NotEqual(t, written[0], written[1])
	require.Equal(t, written[1], got.request.Header.Get("Authorization"))
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()

	url, seen := recorder(t)
	client := newClient(t, at(url))
	addresses := map[string]bool{}

	for range 10 {
		client.Enroll(t.Context(), enrollRequest())
		addresses[(<-seen).request.RemoteAddr] = true
	}

	require.Len(t, addresses, 1)
}

func TestHTTP2(t *testing.T) {
	t.Parallel()

	var lose atomic.Bool

	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if lose.Load() {
			panic(http.ErrAbortHandler) // resets the stream
		}
		if _, err := verifyRequest(r, "https", body); err != nil || r.ProtoMajor != 2 {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(w, enrolled)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)

	transport := mastercard.NewTransport()
	transport.TLSClientConfig.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	client := newClient(t, at(server.URL), through(transport))

	for range 3 {
		answer := client.Enroll(t.Context(), enrollRequest())
		require.Equal(t, mastercard.Enrolled, answer.Verdict, "%+v", answer)
	}

	lose.Store(true)

	answer := client.Enroll(t.Context(), enrollRequest())
	require.Equal(t, mastercard.Unknown, answer.Verdict, "%+v", answer)
	require.Equal(t, mastercard.DetailSent, answer.Failure.Detail)
	client.CloseIdleConnections()
}
