package doctor_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/pkg/mastercard"
)

func TestWhatTheAnswerToACallProves(t *testing.T) {
	t.Parallel()

	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)

	for name, c := range map[string]struct {
		answer mastercard.Answer
		level  doctor.Level
	}{
		"the service knows no such card": {
			mastercard.Answer{Verdict: mastercard.NotEnrolled, Failure: mastercard.Failure{Source: mastercard.SourceService}}, doctor.OK,
		},
		"somebody else knows no such page": {
			mastercard.Answer{Verdict: mastercard.NotEnrolled, Failure: mastercard.Failure{Source: mastercard.SourceUnrecognized}}, doctor.Warning,
		},
		"the signature is refused": {
			mastercard.Answer{Verdict: mastercard.Halted, Failure: mastercard.Failure{Source: mastercard.SourceGateway}}, doctor.Failed,
		},
		"the service id is refused": {
			mastercard.Answer{Verdict: mastercard.Rejected, Failure: mastercard.Failure{Source: mastercard.SourceService}}, doctor.Failed,
		},
		"the API is sick":   {mastercard.Answer{Verdict: mastercard.Retry, HTTPStatus: 503}, doctor.Warning},
		"the API throttles": {mastercard.Answer{Verdict: mastercard.Throttled, HTTPStatus: 429}, doctor.Warning},
		"no answer came":    {mastercard.Answer{Verdict: mastercard.Unknown}, doctor.Warning},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			checks := doctor.API{
				BaseURL: server.URL, Transport: mastercard.NewTransport(), Now: time.Now,
				Read: []doctor.Reading{{Program: "gold", Ask: func(context.Context) mastercard.Answer { return c.answer }}},
			}.Check(t.Context())
			require.Equal(t, c.level, named(t, checks, "call of gold").Level)
		})
	}
}

// Where no token is given there is no answer of HTTP, and so no status of it.
func TestWhatIsSaidOfACallThatFailed(t *testing.T) {
	t.Parallel()

	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)

	for want, answer := range map[string]mastercard.Answer{
		"halted: auth_server invalid_scope: no such scope": {Verdict: mastercard.Halted, Failure: mastercard.Failure{
			Source: "auth_server", Reason: "invalid_scope", Message: "no such scope",
		}},
		"HTTP 403, halted: gateway DECLINED": {Verdict: mastercard.Halted, HTTPStatus: 403, Failure: mastercard.Failure{
			Source: mastercard.SourceGateway, Reason: "DECLINED",
		}},
		"not proven: HTTP 503, retry": {Verdict: mastercard.Retry, HTTPStatus: 503},
	} {
		checks := doctor.API{
			BaseURL: server.URL, Transport: mastercard.NewTransport(), Now: time.Now,
			Read: []doctor.Reading{{Program: "gold", Ask: func(context.Context) mastercard.Answer { return answer }}},
		}.Check(t.Context())
		require.Equal(t, want, named(t, checks, "call of gold").Found)
	}
}

// A certificate and a clock are told whatever is answered.
func TestTheWayToTheAPI(t *testing.T) {
	t.Parallel()

	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)

	for name, c := range map[string]struct {
		ahead       time.Duration
		clock       doctor.Level
		certificate bool
	}{
		"the same time":                      {0, doctor.OK, false},
		"a minute ahead":                     {time.Minute, doctor.Warning, false},
		"when the certificate is at its end": {time.Until(server.Certificate().NotAfter.Add(-time.Hour)), doctor.Warning, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			checks := doctor.API{
				BaseURL: server.URL, Transport: server.Client().Transport,
				Now: func() time.Time { return time.Now().Add(c.ahead) },
			}.Check(t.Context())
			require.Equal(t, doctor.OK, named(t, checks, "connection").Level)
			require.Contains(t, named(t, checks, "TLS").Found, "TLS 1.3; issuer of the certificate: O=Acme Co")
			require.Equal(t, c.clock, named(t, checks, "clock").Level)

			if c.certificate {
				require.Contains(t, named(t, checks, "certificate").Found, "it expires in 1h")
			}
		})
	}
}

func TestNoWayToTheAPI(t *testing.T) {
	t.Parallel()

	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)

	checks := doctor.API{
		BaseURL: server.URL, Transport: mastercard.NewTransport(), Now: time.Now,
		Read: []doctor.Reading{{Program: "gold", Ask: func(context.Context) mastercard.Answer { panic("not asked") }}},
	}.Check(t.Context())
	connection := named(t, checks, "connection")
	require.Equal(t, doctor.Failed, connection.Level)
	require.Contains(t, connection.Found, "unknown authority")
}
