package mastercard_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/sandbox/authserver"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// oauth2Double is a sandbox, and what a client needs for calling it by OAuth 2.0.
type oauth2Double struct {
	*sandbox.Sandbox

	url string
}

func startOAuth2(t *testing.T, changes ...func(*sandbox.Options)) oauth2Double {
	t.Helper()

	options := sandbox.Options{
		Clients: []sandbox.Client{{
			ConsumerKey: consumerKey,
			SigningKeys: []*rsa.PublicKey{&signingRSA().PublicKey},
			ECKeys:      []*ecdsa.PublicKey{&signingEC().PublicKey},
			Programs:    []sandbox.Program{{SrcClientID: srcClientID, ServiceID: serviceID}},
		}},
		DecryptionKeys: map[string]*rsa.PrivateKey{kid: encryptionRSA()},
	}
	for _, change := range changes {
		change(&options)
	}

	made := oauth2Double{Sandbox: must(sandbox.New(options))}
	server := httptest.NewServer(made)
	t.Cleanup(server.Close)
	made.url = server.URL

	return made
}

var signingEC = sync.OnceValue(func() *ecdsa.PrivateKey { //nolint:gochecknoglobals // a key of all tests
	return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
})

// client calls the double by OAuth 2.0, at the time that it is.
func (d oauth2Double) client(t *testing.T, changes ...func(*mastercard.Config)) *mastercard.Client {
	t.Helper()

	authorized := authorizedBy(mastercard.NewTransport(), func(c *oauth2.Config) {
		c.TokenURL, c.Issuer = d.url+authserver.TokenPath, d.url
	})
	all := append([]func(*mastercard.Config){at(d.url + sandbox.BasePath), func(c *mastercard.Config) {
		c.Now = time.Now
		authorized(c)
		c.Auth.Scopes = []string{authserver.DefaultScope}
	}}, changes...)

	return newClient(t, all...)
}

func TestCallsByOAuth2(t *testing.T) {
	t.Parallel()

	ecSigning := must(mastercard.NewECSigningKey(signingEC(), time.Time{}))

	clientID, keyID, _ := strings.Cut(consumerKey, "!")

	for name, change := range map[string]func(*mastercard.Config){
		"PS256": func(*mastercard.Config) {},
		"ES256": func(c *mastercard.Config) { c.SigningKey = ecSigning },
		"ids that are set": func(c *mastercard.Config) {
			c.ConsumerKey, c.OAuth2.ClientID, c.OAuth2.KID = "another!one", clientID, keyID
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			double := startOAuth2(t, func(o *sandbox.Options) { o.OAuth2.RequireNonce = true })
			client := double.client(t, change)

			enrolled := client.Enroll(t.Context(), enrollRequest())
			require.Equal(t, mastercard.Enrolled, enrolled.Verdict, "%+v", enrolled.Failure)

			read := client.ReadCard(t.Context(), mastercard.ReadRequest{
				SrcDigitalCardID: enrolled.SrcDigitalCardID, SrcClientID: srcClientID, ServiceID: serviceID, SrcCorrelationID: enrollRequest().SrcCorrelationID,
			})
			require.Equal(t, mastercard.Enrolled, read.Verdict, "%+v", read.Failure)

			removed := client.Unenroll(t.Context(), mastercard.UnenrollRequest{
				SrcDigitalCardID: enrolled.SrcDigitalCardID, SrcClientID: srcClientID, ServiceID: serviceID,
			})
			require.Equal(t, mastercard.Unenrolled, removed.Verdict, "%+v", removed.Failure)

			totals := double.Ledger().Totals()
			require.Equal(t, map[string]int{"400 use_dpop_nonce": 1, "200 token": 1}, totals.Tokens, "one token for all")
			require.Equal(t, 1, totals.Results["401 use_dpop_nonce"], "a nonce is asked for once")
			require.Equal(t, 4, totals.Calls)
		})
	}
}

func TestARequestMaySayHowItIsAuthorized(t *testing.T) {
	t.Parallel()

	double := startOAuth2(t)
	client := double.client(t)
	request := enrollRequest()
	request.Auth.Scheme = mastercard.OAuth1
	require.Equal(t, mastercard.Enrolled, client.Enroll(t.Context(), request).Verdict)
	require.Empty(t, double.Ledger().Totals().Tokens)

	request.Auth = mastercard.Auth{Scheme: mastercard.OAuth2, Scopes: []string{"other:scope"}}
	answer := client.Enroll(t.Context(), request)
	require.Equal(t, mastercard.Halted, answer.Verdict)
	require.Equal(t, "invalid_scope", answer.Failure.Reason)
	require.Contains(t, answer.Advice, "scopes")

	without := newClient(t, at(double.url+sandbox.BasePath))
	answer = without.Enroll(t.Context(), request)
	require.Equal(t, mastercard.Halted, answer.Verdict)
	require.Equal(t, mastercard.ReasonInvalidSetting, answer.Failure.Reason)
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()

	double := startOAuth2(t)
	client := double.client(t)

	for range 3 {
		require.Equal(t, mastercard.Enrolled, client.Enroll(t.Context(), enrollRequest()).Verdict)
		double.RevokeTokens()
	}

	require.Equal(t, 3, double.Ledger().Totals().Tokens["200 token"])
	require.Equal(t, 2, double.Ledger().Totals().Results["401 invalid_token"])
}

// What the API says of a token or a proof, in the header or in the body, and how often it was asked.
func TestWhatTheAPISaysOfATokenOrAProof(t *testing.T) {
	t.Parallel()

	const secret = "the-access-token-of-this-test"

	tokens := answering(http.StatusOK, `{"access_token":"`+secret+`","token_type":"DPoP","expires_in":900}`)

	for name, c := range map[string]struct {
		status int
		body   string
		header []string
		want   mastercard.Verdict
		reason string
		sent   int
	}{
		"token, in the header":   {401, "", []string{"WWW-Authenticate", `DPoP error="invalid_token", error_description="no ` + secret + `"`}, mastercard.Halted, "invalid_token", 2},
		"token, in the body":     {401, `{"error":"invalid_token","error_description":"no ` + secret + `"}`, nil, mastercard.Halted, "invalid_token", 2},
		"token, both":            {401, `{"error":"invalid_token"}`, []string{"WWW-Authenticate", `DPoP error="invalid_token"`}, mastercard.Halted, "invalid_token", 2},
		"scope":                  {403, `{"error":"insufficient_scope","error_description":"more"}`, nil, mastercard.Halted, "insufficient_scope", 1},
		"scope, with colons":     {403, "", []string{"WWW-Authenticate", `Dpop error:"insufficient_scope", algs:"ES256 PS256"`}, mastercard.Halted, "insufficient_scope", 1},
		"scope, another header":  {403, "", []string{"DPoP", `error:"insufficient_scope", algs:"ES256 PS256"`}, mastercard.Halted, "insufficient_scope", 1},
		"proof":                  {401, `{"error":"invalid_dpop_proof"}`, nil, mastercard.Halted, "invalid_dpop_proof", 1},
		"nonce":                  {401, "", []string{"WWW-Authenticate", `DPoP error="use_dpop_nonce"`, "DPoP-Nonce", "n-1"}, mastercard.Retry, "use_dpop_nonce", 2},
		"nonce, that is missing": {401, "", []string{"WWW-Authenticate", `DPoP error="use_dpop_nonce"`}, mastercard.Retry, "use_dpop_nonce", 1},
		"unknown":                {401, `{"error":"made_up"}`, nil, mastercard.Halted, "HTTP_401", 1},
		"as success":             {200, `{"error":"invalid_token"}`, nil, mastercard.Unknown, "invalid_token", 1},
		"a card that is refused": {400, `{"status":400,"reason":"INVALID_STATE","message":"m","errordetail":[{"reason":"PAN_INELIGIBLE"}]}`, nil, mastercard.Rejected, "INVALID_STATE", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var sent atomic.Int32

			bodies := map[string]bool{}
			answers := answering(c.status, c.body, c.header...)
			client := newClient(t, authorizedBy(tokens), through(roundTripper(func(r *http.Request) (*http.Response, error) {
				sent.Add(1)

				body, err := io.ReadAll(r.Body)
				require.NoError(t, err)
				bodies[string(body)] = true
				r.Body = http.NoBody

				return answers(r)
			})))

			answer := client.Enroll(t.Context(), enrollRequest())
			require.Equal(t, c.want, answer.Verdict, "%+v", answer.Failure)
			require.Equal(t, c.reason, answer.Failure.Reason)
			require.Equal(t, c.status, answer.HTTPStatus)
			require.Equal(t, c.sent, int(sent.Load()))
			require.Len(t, bodies, 1, "the same request")
			require.NotContains(t, printed(t, answer), secret)
		})
	}
}

// A nonce and a token end independently of each other: one call may meet the end of both, and makes up for each once.
func TestACallMayMeetTheEndOfItsNonceAndOfItsToken(t *testing.T) {
	t.Parallel()

	const (
		nonce = "use_dpop_nonce"
		token = "invalid_token"
	)

	for name, c := range map[string]struct {
		refusals []string
		want     mastercard.Verdict
		reason   string
		sent     int
	}{
		"its nonce, then its token": {[]string{nonce, token}, mastercard.Enrolled, "", 3},
		"its token, then its nonce": {[]string{token, nonce}, mastercard.Enrolled, "", 3},
		"two nonces":                {[]string{nonce, nonce}, mastercard.Retry, nonce, 2},
		"two tokens":                {[]string{token, token}, mastercard.Halted, token, 2},
		"two nonces and a token":    {[]string{nonce, token, nonce}, mastercard.Retry, nonce, 3},
		"a nonce and two tokens":    {[]string{token, nonce, token}, mastercard.Halted, token, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var (
				tokens, sent int
				shown        []string
			)

			client := newClient(t, authorizedBy(roundTripper(func(r *http.Request) (*http.Response, error) {
				tokens++
				return answering(http.StatusOK, fmt.Sprintf(`{"access_token":"the-secret-token-%d","token_type":"DPoP","expires_in":900}`, tokens))(r)
			})), through(roundTripper(func(r *http.Request) (*http.Response, error) {
				sent++
				shown = append(shown, r.Header.Get("Authorization"))

				if sent > len(c.refusals) {
					return answering(http.StatusOK, enrolled, "Content-Type", "application/json")(r)
				}

				return answering(http.StatusUnauthorized, fmt.Sprintf(`{"error":"%s","error_description":"not %s"}`, c.refusals[sent-1], shown[sent-1]),
					"DPoP-Nonce", fmt.Sprintf("n-%d", sent))(r)
			})))

			answer := client.Enroll(t.Context(), enrollRequest())
			require.Equal(t, c.want, answer.Verdict, "%+v", answer.Failure)
			require.Equal(t, c.reason, answer.Failure.Reason)
			require.Equal(t, c.sent, sent)
			require.NotContains(t, printed(t, answer), "the-secret")

			for i, refusal := range c.refusals[:c.sent-1] {
				require.Equal(t, refusal == token, shown[i] != shown[i+1], "another token is shown for one that ended")
			}

			require.Equal(t, mastercard.Enrolled, client.Enroll(t.Context(), enrollRequest()).Verdict)
			require.Equal(t, c.reason == token, shown[c.sent-1] != shown[c.sent], "no later call shows a token that was refused")
		})
	}
}

// What keeps us from a token is no answer of the API, and nothing of it is charged.
func TestWhatTheAuthorizationServerSays(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		server   roundTripper
		want     mastercard.Verdict
		reason   string
		obstacle mastercard.Obstacle
		after    time.Duration
	}{
		"invalid_client":     {answering(400, `{"error":"invalid_client","error_description":"of 5204731600014784"}`), mastercard.Halted, "invalid_client", "", 0},
		"invalid_client 401": {answering(401, `{"error":"invalid_client"}`), mastercard.Halted, "invalid_client", "", 0},
		"invalid_dpop_proof": {answering(400, `{"error":"invalid_dpop_proof"}`), mastercard.Halted, "invalid_dpop_proof", "", 0},
		"a page":             {answering(403, `<html>`), mastercard.Retry, "HTTP_403", mastercard.ObstacleWayOut, 0},
		"a redirect":         {answering(302, ``, "Location", "https://login.example"), mastercard.Halted, "HTTP_302", "", 0},
		"nowhere":            {answering(404, ``), mastercard.Halted, "HTTP_404", "", 0},
		"no token":           {answering(200, `{}`), mastercard.Retry, "HTTP_200", mastercard.ObstacleWayOut, 0},
		"down":               {answering(503, ``), mastercard.Retry, "HTTP_503", mastercard.ObstacleWayOut, 0},
		"down for a while":   {answering(503, ``, "Retry-After", "7"), mastercard.Throttled, "HTTP_503", "", 7 * time.Second},
		"slower":             {answering(429, ``, "Retry-After", "9"), mastercard.Throttled, "HTTP_429", "", 9 * time.Second},
		"slower, with words": {answering(429, `{"error":"temporarily_unavailable"}`), mastercard.Throttled, "HTTP_429", "", 0},
		"a gateway's 504":    {answering(504, ``), mastercard.Retry, "HTTP_504", mastercard.ObstacleWayOut, 0},
		"nobody":             {func(*http.Request) (*http.Response, error) { return nil, errors.New("nobody") }, mastercard.Retry, mastercard.ReasonNetwork, mastercard.ObstacleWayOut, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			request := enrollRequest()
			request.Turn = func(context.Context) error { panic("no turn is waited for without a token") }
			answer := newClient(t, authorizedBy(c.server), through(roundTripper(nil))).Enroll(t.Context(), request)
			require.Equal(t, c.want, answer.Verdict, "%+v", answer)
			require.Equal(t, mastercard.SourceAuthServer, answer.Failure.Source)
			require.Equal(t, c.reason, answer.Failure.Reason)
			require.Equal(t, mastercard.DetailNotSent, answer.Failure.Detail)
			require.Equal(t, c.obstacle, answer.Obstacle)
			require.Equal(t, c.after, answer.RetryAfter)
			require.Zero(t, answer.HTTPStatus, "the API has not answered")
			require.NotEmpty(t, answer.Advice)
			require.NotContains(t, printed(t, answer), "5204731600014784")
		})
	}
}

func TestAClockThatIsOffIsTold(t *testing.T) {
	t.Parallel()

	server := answering(400, `{"error":"invalid_client"}`, "Date", clock.Add(-time.Hour).Format(http.TimeFormat))
	answer := newClient(t, authorizedBy(server)).Enroll(t.Context(), enrollRequest())
	require.Contains(t, answer.Failure.Message, "this machine's clock is 1h0m0s ahead")
}

func TestWhoIsCanceledWhileItWaitsForATokenHasSentNothing(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	answer := newClient(t, authorizedBy(roundTripper(func(r *http.Request) (*http.Response, error) {
		cancel()
		<-r.Context().Done()

		return nil, r.Context().Err()
	}))).Enroll(ctx, enrollRequest())

	require.Equal(t, mastercard.Retry, answer.Verdict)
	require.Equal(t, mastercard.Failure{
		Source: mastercard.SourceNetwork, Reason: mastercard.ReasonCanceled, Detail: mastercard.DetailNotSent, Message: "context canceled",
	}, answer.Failure)
	require.ErrorIs(t, answer.Err, context.Canceled)
}

// A proof says when it was made, and is for one sending.
func TestAProofIsFreshWhenItIsSent(t *testing.T) {
	t.Parallel()

	tokens := answering(http.StatusOK, `{"access_token":"a","token_type":"DPoP","expires_in":86400}`)

	for name, wait := range map[string]time.Duration{"at once": 0, "soon": 500 * time.Millisecond, "late": 3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				proofs := map[string]bool{}
				answers := answering(http.StatusOK, enrolled, "Content-Type", "application/json")
				client := newClient(t, func(c *mastercard.Config) { c.Now = time.Now }, authorizedBy(tokens),
					through(roundTripper(func(r *http.Request) (*http.Response, error) {
						proof := r.Header.Get("DPoP")
						require.False(t, proofs[proof])
						proofs[proof] = true
						require.Less(t, time.Since(provedAt(t, proof)), 2*time.Second)

						return answers(r)
					})))
				request := enrollRequest()
				request.Turn = waiting(wait)

				for range 2 {
					answer := client.Enroll(t.Context(), request)
					require.Equal(t, mastercard.Enrolled, answer.Verdict, "%+v", answer)
				}
			})
		})
	}
}

// With 256 calls at once, one request for a token is made, and each call gets its card.
func TestManyCallsShareAToken(t *testing.T) {
	t.Parallel()

	double := startOAuth2(t, func(o *sandbox.Options) { o.OAuth2.RequireNonce, o.OAuth2.NonceLifetime = true, 500*time.Millisecond })
	signing := must(mastercard.NewECSigningKey(signingEC(), time.Time{}))
	client := double.client(t, func(c *mastercard.Config) { c.SigningKey = signing })

	var (
		callers  sync.WaitGroup
		enrolled atomic.Int32
	)

	for i := range 256 {
		callers.Go(func() {
			for range 10 { // a nonce may end on the way, twice in a row
				answer := client.Enroll(t.Context(), withNumber(sandbox.PAN(0, i)))
				if answer.Verdict == mastercard.Enrolled {
					enrolled.Add(1)
					return
				}

				if answer.Failure.Reason != oauth2.CodeUseNonce {
					t.Errorf("%+v", answer)
				}
			}
		})
	}

	callers.Wait()
	require.EqualValues(t, 256, enrolled.Load())
	require.Equal(t, 1, double.Ledger().Totals().Tokens["200 token"])
}

func TestTheConfigurationOfOAuth2IsChecked(t *testing.T) {
	t.Parallel()

	for says, change := range map[string]func(*mastercard.Config){
		`Auth.Scheme "basic" is neither`:       func(c *mastercard.Config) { c.Auth.Scheme = "basic" },
		"OAuth2 is missing, which Auth asks":   func(c *mastercard.Config) { c.OAuth2 = nil },
		"OAuth2.Tokens is missing":             func(c *mastercard.Config) { c.OAuth2.Tokens = nil },
		"OAuth2.ClientID is empty, or has bla": func(c *mastercard.Config) { c.OAuth2.ClientID = "a b" },
		"OAuth2.KID is empty, or has blanks":   func(c *mastercard.Config) { c.OAuth2.KID = "a\"b" },
	} {
		_, err := mastercard.New(settings(t, authorizedBy(roundTripper(nil)), change))
		require.ErrorContains(t, err, says)
	}
}

func TestAnECKeyIsForOAuth2Alone(t *testing.T) {
	t.Parallel()

	signing := must(mastercard.NewECSigningKey(signingEC(), time.Time{}))
	answer := newClient(t, func(c *mastercard.Config) { c.SigningKey = signing }).Enroll(t.Context(), enrollRequest())
	require.Equal(t, mastercard.Halted, answer.Verdict)
	require.Equal(t, mastercard.ReasonNotSigned, answer.Failure.Reason)
	require.Contains(t, answer.Failure.Message, "EC P-256")
}

// provedAt is when a proof was made.
func provedAt(t *testing.T, proof string) time.Time {
	t.Helper()

	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(proof, ".")[1])
	require.NoError(t, err)

	var claims struct {
		IssuedAt int64 `json:"iat"`
	}

	require.NoError(t, json.Unmarshal(payload, &claims))

	return time.Unix(claims.IssuedAt, 0)
}
