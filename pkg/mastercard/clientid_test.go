package mastercard_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/mastercard"
)

// operations call the API in each way.
func operations(c *mastercard.Client) map[string]func(t *testing.T) mastercard.Answer {
	return map[string]func(t *testing.T) mastercard.Answer{
		"enroll": func(t *testing.T) mastercard.Answer { t.Helper(); return c.Enroll(t.Context(), enrollRequest()) },
		"read": func(t *testing.T) mastercard.Answer {
			t.Helper()

			return c.ReadCard(t.Context(), mastercard.ReadRequest{SrcClientID: srcClientID, ServiceID: serviceID, SrcDigitalCardID: "none"})
		},
		"unenroll": func(t *testing.T) mastercard.Answer {
			t.Helper()

			return c.Unenroll(t.Context(), mastercard.UnenrollRequest{SrcClientID: srcClientID, ServiceID: serviceID, SrcDigitalCardID: "none"})
		},
	}
}

// The header stands beside what OAuth signs, and is no part of it: a call whose header was changed on its way has a
// signature that is right.
func TestEachCallNamesItsClientBesideTheSignature(t *testing.T) {
	t.Parallel()

	clientID, _, _ := strings.Cut(consumerKey, "!")

	for _, omitted := range []bool{false, true} {
		var sent []*http.Request

		client := newClient(t, func(c *mastercard.Config) { c.OmitClientID = omitted }, through(roundTripper(
			func(r *http.Request) (*http.Response, error) {
				sent = append(sent, r)
				return answering(http.StatusOK, enrolled)(r)
			})))

		for name, call := range operations(client) {
			call(t)

			last := sent[len(sent)-1]
			require.NotContains(t, last.Header.Get("Authorization"), "openapi")

			if omitted {
				require.NotContains(t, last.Header, "X-Openapi-Clientid", name)
			} else {
				require.Equal(t, []string{clientID}, last.Header["X-Openapi-Clientid"], name)
			}
		}

		require.Len(t, sent, 3)
	}
}

func TestSandboxWantsTheClientNamed(t *testing.T) {
	t.Parallel()

	omit := func(c *mastercard.Config) { c.OmitClientID = true }
	strict, relaxed := double(t), double(t, func(o *sandbox.Options) { o.ClientIDOptional = true })

	for name, call := range operations(newClient(t, at(strict), omit)) {
		answer := call(t)
		require.Equal(t, mastercard.Halted, answer.Verdict, name)
		require.Equal(t, "clientid.invalid", answer.Failure.Reason, name)
		require.Equal(t, "ClientID not provisioned.", answer.Failure.Message, name)
	}

	require.Equal(t, mastercard.Enrolled, newClient(t, at(relaxed), omit).Enroll(t.Context(), enrollRequest()).Verdict)
	require.Equal(t, mastercard.Enrolled, newClient(t, at(strict)).Enroll(t.Context(), enrollRequest()).Verdict)

	plain := mastercard.NewTransport()
	t.Cleanup(plain.CloseIdleConnections)

	// A header that was changed on its way is refused by the service, and not for the signature.
	changed := newClient(t, at(strict), through(roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("X-Openapi-Clientid", "another")

		return plain.RoundTrip(r)
	})))
	require.Equal(t, "clientid.invalid", changed.Enroll(t.Context(), enrollRequest()).Failure.Reason)
}
