package enroll_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/sandbox/authserver"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
	"enroll.example/clicktopay/pkg/store"
)

// useOAuth2 has the rig's program call by OAuth 2.0, against a sandbox of these options.
func (r *rig) useOAuth2(options sandbox.OAuth2, changes ...func(*oauth2.Config)) {
	r.t.Helper()

	keys := testKeys()
	r.startSandboxWith(sandbox.Options{
		Clients: []sandbox.Client{{
			ConsumerKey: consumerKey, SigningKeys: []*rsa.PublicKey{&keys.signing.PublicKey},
			Programs: []sandbox.Program{{SrcClientID: srcClientID, ServiceID: serviceID}},
		}},
		DecryptionKeys: map[string]*rsa.PrivateKey{oldKid(): keys.encryption},
		OAuth2:         options,
	})

	server := strings.TrimSuffix(r.api.BaseURL, sandbox.BasePath)
	key, err := oauth2.GenerateKey(rand.Reader)
	require.NoError(r.t, err)

	config := oauth2.Config{
		TokenURL: server + authserver.TokenPath, Issuer: server, ProofKey: key, Transport: mastercard.NewTransport(),
	}
	for _, change := range changes {
		change(&config)
	}

	tokens, err := oauth2.New(config)
	require.NoError(r.t, err)

	r.api.OAuth2 = &mastercard.OAuth2Config{Tokens: tokens}
	program := r.config.Programs["demo"]
	program.Auth, program.Scopes = mastercard.OAuth2, []string{authserver.DefaultScope}
	r.config.Programs = map[string]enroll.Program{"demo": program}
}

// Jobs are enrolled while tokens end, nonces change, and all tokens are revoked in between. None is charged for it.
func TestJobsAreEnrolledByOAuth2(t *testing.T) {
	t.Parallel()

	const jobs = 60

	r := newRig(t)
	r.useOAuth2(sandbox.OAuth2{RequireNonce: true, NonceLifetime: 2 * time.Second, TokenLifetime: 3 * time.Second})
	r.start()

	for i := range jobs / 2 {
		r.publish(fmt.Sprintf("before-%d", i), sandbox.PAN(0, i))
	}

	for id, outcome := range r.outcomesOf(jobs / 2) {
		require.Equal(t, "enrolled", outcome.Status, id)
	}

	r.sandbox.RevokeTokens()

	for i := range jobs / 2 {
		r.publish(fmt.Sprintf("after-%d", i), sandbox.PAN(0, jobs+i))
	}

	for id, outcome := range r.outcomesOf(jobs / 2) {
		require.Equal(t, "enrolled", outcome.Status, id)
		require.Equal(t, 1, r.row(id).Attempts, id)
	}

	totals := r.sandbox.Ledger().Totals()
	require.Equal(t, jobs, totals.Cards)
	require.Zero(t, totals.Repeated)
	require.Positive(t, totals.Results["401 invalid_token"])
	require.Positive(t, totals.Results["401 use_dpop_nonce"])
	require.GreaterOrEqual(t, totals.Tokens["200 token"], 2)
	require.Less(t, totals.Tokens["200 token"], jobs/2, "calls share tokens")
}

// While no token can be had, jobs wait uncharged; then all are enrolled.
func TestNoTokenCostsNoAttempt(t *testing.T) {
	t.Parallel()

	door := make(chan struct{})
	r := newRig(t)
	r.useOAuth2(sandbox.OAuth2{}, func(c *oauth2.Config) {
		open := c.Transport
		c.Transport = roundTripper(func(request *http.Request) (*http.Response, error) {
			select {
			case <-door:
				return open.RoundTrip(request)
			default:
				return &http.Response{StatusCode: http.StatusBadGateway, Body: http.NoBody, Header: http.Header{}, Request: request}, nil
			}
		})
	})
	r.start()

	for i := range 5 {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	eventually.True(t, func() bool { return strings.Contains(r.log.String(), "auth_server") || r.attempted("job-0") >= 4 },
		patience, 10*time.Millisecond)
	require.Zero(t, r.sandbox.Ledger().Totals().Calls)
	close(door)

	for id, outcome := range r.outcomesOf(5) {
		require.Equal(t, "enrolled", outcome.Status, id)
		require.Equal(t, store.StatusEnrolled, r.row(id).Status)
	}
}

// attempted is how often a job was tried, charged or not.
func (r *rig) attempted(id string) int {
	outcome, found, err := r.store.Outcome(r.t.Context(), id)
	if err != nil || !found {
		return 0
	}

	return outcome.Attempts
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// A batch and the questions for its results are calls like any other: their token ends between them.
func TestABatchIsEnrolledByOAuth2(t *testing.T) {
	t.Parallel()

	const jobs = 25

	r := newRig(t)
	r.useOAuth2(sandbox.OAuth2{RequireNonce: true})
	r.batchLane()
	r.publishCards(make([]int, jobs)...)

	api := &countedAPI{API: r.client()}
	stop := r.startWith(r.js, r.store, revokingAPI{api, sync.OnceFunc(r.sandbox.RevokeTokens)})
	outcomes := r.outcomesOf(jobs)
	stop()
	r.drained()

	for id, outcome := range outcomes {
		require.Equal(t, "enrolled", outcome.Status, id)
		require.Equal(t, 1, outcome.Attempts, id)
		require.NotEmpty(t, r.row(id).APIBatchID, id)
	}

	totals := r.sandbox.Ledger().Totals()
	require.Equal(t, jobs, totals.Cards)
	require.Zero(t, totals.Repeated)
	require.Positive(t, totals.Results["401 invalid_token"])
}

// revokingAPI revokes all tokens after a batch. Were they revoked after each, a call could meet two that others have ended, which
// is one more than it makes up for.
type revokingAPI struct {
	enroll.API

	revoke func()
}

func (a revokingAPI) EnrollBatch(ctx context.Context, r mastercard.BatchRequest) mastercard.BatchAnswer {
	defer a.revoke()

	return a.API.EnrollBatch(ctx, r)
}
