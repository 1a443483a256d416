package mastercard_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

const (
	oldClient   = "b2xkLWNsaWVudC1pZA"
	newClientID = "bmV3LWNsaWVudC1pZA"
)

// renewal is an API that accepts some clients, and a source of which the credential is replaced.
type renewal struct {
	current  atomic.Pointer[mastercard.Credential]
	lock     sync.Mutex
	accepted map[string]bool
	calls    []string
	trials   []mastercard.CredentialTrial
	elapsed  atomic.Int64
	meet     func(client string) error // at the API, before it answers; nil: nothing
}

func (r *renewal) now() time.Time { return clock.Add(time.Duration(r.elapsed.Load())) }

func (r *renewal) later(by time.Duration) { r.elapsed.Add(int64(by)) }

func (r *renewal) Credential() *mastercard.Credential { return r.current.Load() }

func (r *renewal) RoundTrip(request *http.Request) (*http.Response, error) {
	client := request.Header["X-Openapi-Clientid"][0]

	r.lock.Lock()
	r.calls = append(r.calls, client)
	accepted := r.accepted[client]
	r.lock.Unlock()

	if r.meet != nil {
		if err := r.meet(client); err != nil {
			return nil, err
		}
	}

	if !accepted {
		return answering(http.StatusUnauthorized, `{"Errors":{"Error":[{"Source":"Gateway","ReasonCode":"AUTHENTICATION_FAILED",`+
			`"Description":"no","Recoverable":false}]}}`)(request)
	}

	return answering(http.StatusOK, enrolled)(request)
}

// called returns the clients of the calls since it was asked last.
func (r *renewal) called() string {
	r.lock.Lock()
	defer r.lock.Unlock()

	calls := r.calls
	r.calls = nil

	return strings.NewReplacer(oldClient, "old", newClientID, "new").Replace(strings.Join(calls, ", "))
}

func (r *renewal) accept(clients ...string) {
	r.lock.Lock()
	defer r.lock.Unlock()

	r.accepted = map[string]bool{}
	for _, client := range clients {
		r.accepted[client] = true
	}
}

func credentialOf(t *testing.T, client string, notAfter time.Time) *mastercard.Credential {
	t.Helper()

	return must(mastercard.NewCredential(client+"!key", must(mastercard.NewSigningKey(signingRSA(), notAfter))))
}

// startRenewal makes an API that accepts the old client only, and a client with its credential.
func startRenewal(t *testing.T, changes ...func(*mastercard.Config)) (*renewal, func() mastercard.Answer) {
	t.Helper()

	r := &renewal{accepted: map[string]bool{oldClient: true}}
	r.current.Store(credentialOf(t, oldClient, time.Time{}))

	client := newClient(t, append([]func(*mastercard.Config){through(r), func(c *mastercard.Config) {
		c.ConsumerKey, c.SigningKey, c.Credentials = "", nil, r
		c.Now = r.now
		c.CredentialTried = func(trial mastercard.CredentialTrial) { r.trials = append(r.trials, trial) }
	}}, changes...)...)

	return r, func() mastercard.Answer { return client.Enroll(t.Context(), enrollRequest()) }
}

func TestANewCredentialTakesOverWhenOneCallHasBeenAccepted(t *testing.T) {
	t.Parallel()

	r, enroll := startRenewal(t)
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)

	inTrial, answered := make(chan struct{}), make(chan struct{})
	r.meet = func(client string) error {
		if client == newClientID {
			close(inTrial)
			<-answered
		}

		return nil
	}
	r.accept(oldClient, newClientID)
	r.current.Store(credentialOf(t, newClientID, time.Time{}))

	var trial sync.WaitGroup

	trial.Go(func() {
		if answer := enroll(); answer.Verdict != mastercard.Enrolled {
			t.Errorf("%+v", answer)
		}
	})

	<-inTrial
	require.Equal(t, "old, new", r.called())

	for range 3 {
		require.Equal(t, mastercard.Enrolled, enroll().Verdict)
		require.Equal(t, "old", r.called(), "one call tries it, the others do not wait")
	}

	require.Empty(t, r.trials)

	close(answered)
	trial.Wait()
	r.meet = nil

	r.accept(newClientID)
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)
	require.Equal(t, "new", r.called())
	require.Len(t, r.trials, 1)
	require.True(t, r.trials[0].Accepted)
	require.Contains(t, r.trials[0].Credential.String(), newClientID)
}

func TestARefusedCredentialLeavesTheOneBeforeInUse(t *testing.T) {
	t.Parallel()

	r, enroll := startRenewal(t)
	r.current.Store(credentialOf(t, newClientID, time.Time{}))

	require.Equal(t, mastercard.Enrolled, enroll().Verdict, "the call that was refused is made with the one before")
	require.Equal(t, "new, old", r.called())

	for _, pause := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
		last := r.trials[len(r.trials)-1]
		require.Equal(t, pause, last.Again)
		require.Equal(t, "AUTHENTICATION_FAILED", last.Failure.Reason)

		r.later(pause - time.Second)
		require.Equal(t, mastercard.Enrolled, enroll().Verdict)
		require.Equal(t, "old", r.called())

		r.later(time.Second)
		require.Equal(t, mastercard.Enrolled, enroll().Verdict)
		require.Equal(t, "new, old", r.called())
	}

	// What is refused now may be known later.
	r.later(15 * time.Minute)
	r.accept(oldClient, newClientID)
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)
	require.Equal(t, "new", r.called())
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)
	require.Equal(t, "new", r.called())
	require.True(t, r.trials[len(r.trials)-1].Accepted)
}

func TestAnotherCredentialIsTriedAtOnceWhereTheOneInUseIsNotGoodAnyMore(t *testing.T) {
	t.Parallel()

	r, enroll := startRenewal(t)
	r.current.Store(credentialOf(t, newClientID, time.Time{}))
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)
	require.Equal(t, "new, old", r.called())

	r.accept(newClientID)
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)
	require.Equal(t, "old, new", r.called(), "though its next trial is not due")
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)
	require.Equal(t, "new", r.called())

	r.accept()
	require.Equal(t, mastercard.Halted, enroll().Verdict)
	require.Equal(t, "new", r.called(), "there is no other")
}

func TestWithBothCredentialsRefusedTheCallIsHalted(t *testing.T) {
	t.Parallel()

	r, enroll := startRenewal(t)
	r.accept()
	r.current.Store(credentialOf(t, newClientID, time.Time{}))

	answer := enroll()
	require.Equal(t, mastercard.Halted, answer.Verdict)
	require.Equal(t, "new, old", r.called())

	for range 2 {
		require.Equal(t, mastercard.Halted, enroll().Verdict)
		require.Equal(t, "old, new", r.called(), "each is asked with the other as well, in case one has been mended")
	}
}

func TestATrialWithoutAnAnswerSaysNothing(t *testing.T) {
	t.Parallel()

	for name, meet := range map[string]func() (*http.Response, error){
		"no answer":             func() (*http.Response, error) { return nil, errors.New("lost") },
		"the gateway is sick":   func() (*http.Response, error) { return answering(http.StatusBadGateway, "")(emptyRequest(t)) },
		"the gateway throttles": func() (*http.Response, error) { return answering(http.StatusTooManyRequests, "")(emptyRequest(t)) },
		"no such address":       func() (*http.Response, error) { return answering(http.StatusNotFound, "")(emptyRequest(t)) },
		"what is sent cannot be decrypted": func() (*http.Response, error) {
			return answering(http.StatusBadRequest, `{"status":400,"reason":"CRYPTO_ERROR","message":"no"}`)(emptyRequest(t))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var fails atomic.Bool

			r, enroll := startRenewal(t, func(c *mastercard.Config) {
				next := c.Transport
				c.Transport = roundTripper(func(request *http.Request) (*http.Response, error) {
					if fails.Load() {
						return meet()
					}

					return next.RoundTrip(request)
				})
			})
			r.accept(oldClient, newClientID)
			r.current.Store(credentialOf(t, newClientID, time.Time{}))

			fails.Store(true)
			enroll()
			require.Empty(t, r.trials)
			fails.Store(false)

			require.Equal(t, mastercard.Enrolled, enroll().Verdict)
			require.Equal(t, "old", r.called(), "the next call is made with the one that is known to be good")

			r.later(time.Second)
			require.Equal(t, mastercard.Enrolled, enroll().Verdict)
			require.Equal(t, "new", r.called(), "after a pause it is tried again")
			require.Len(t, r.trials, 1)
		})
	}
}

// While the API is sick a new credential is tried ever more seldom, until a call says something of it or there is another one.
func TestTrialsWithoutAnAnswerAreMadeEverMoreSeldom(t *testing.T) {
	t.Parallel()

	r, enroll := startRenewal(t)
	r.meet = func(client string) error {
		if client == newClientID {
			return errors.New("lost")
		}

		return nil
	}
	r.current.Store(credentialOf(t, newClientID, time.Time{}))
	enroll()
	require.Equal(t, "new", r.called())

	for _, seconds := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
		pause := time.Duration(seconds) * time.Second
		r.later(pause - 1)
		require.Equal(t, mastercard.Enrolled, enroll().Verdict)
		require.Equal(t, "old", r.called(), pause)

		r.later(1)
		enroll()
		require.Equal(t, "new", r.called(), pause)
	}

	r.meet = nil // and refuses it
	r.later(time.Minute)
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)
	require.Equal(t, "new, old", r.called())
	require.Len(t, r.trials, 1)
	require.Equal(t, 2*time.Minute, r.trials[0].Again, "a refusal goes on from there")

	r.accept(oldClient, newClientID)
	r.current.Store(must(mastercard.NewCredential(newClientID+"!another", must(mastercard.NewSigningKey(signingRSA(), time.Time{})))))
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)
	require.Equal(t, "new", r.called(), "another one is tried at once")
}

// The keys of any project are let in by the gateway. Whether the project may enroll is said by the service behind it.
func TestACredentialThatTheServiceRefusesLeavesTheOneBeforeInUse(t *testing.T) {
	t.Parallel()

	for name, refusal := range map[string]struct {
		status int
		body   string
	}{
		"no permission":             {403, `{"status":403,"reason":"PERMISSION_DENIED","message":"no"}`},
		"no permission, a bad call": {400, `{"status":400,"reason":"PERMISSION_DENIED","message":"no"}`},
		"a reason of its own":       {401, `{"status":401,"reason":"WHO_ARE_YOU","message":"no"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r, enroll := startRenewal(t, func(c *mastercard.Config) {
				next := c.Transport
				c.Transport = roundTripper(func(request *http.Request) (*http.Response, error) {
					if request.Header["X-Openapi-Clientid"][0] == newClientID {
						return answering(refusal.status, refusal.body)(request)
					}

					return next.RoundTrip(request)
				})
			})
			r.current.Store(credentialOf(t, newClientID, time.Time{}))

			for range 2 {
				require.Equal(t, mastercard.Enrolled, enroll().Verdict, "made with the one before")
				require.Equal(t, "old", r.called())
			}

			require.Len(t, r.trials, 1)
			require.False(t, r.trials[0].Accepted)
		})
	}
}

// A credential that cannot sign is refused before its call has waited for its turn. The call that is made in its place waits.
func TestACallHasOneTurnWhateverCredentialItIsMadeWith(t *testing.T) {
	t.Parallel()

	r := &renewal{accepted: map[string]bool{oldClient: true}}
	r.current.Store(credentialOf(t, oldClient, time.Time{}))

	client := newClient(t, through(r), func(c *mastercard.Config) { c.ConsumerKey, c.SigningKey, c.Credentials = "", nil, r })
	curved := must(mastercard.NewECSigningKey(signingEC(), time.Time{}))

	for want, credential := range map[string]*mastercard.Credential{
		"old":      must(mastercard.NewCredential(newClientID+"!key", curved)),
		"new, old": credentialOf(t, newClientID, time.Time{}),
	} {
		turns, request := 0, enrollRequest()
		request.Turn = func(context.Context) error {
			turns++
			return nil
		}

		r.current.Store(credential)
		require.Equal(t, mastercard.Enrolled, client.Enroll(t.Context(), request).Verdict)
		require.Equal(t, want, r.called())
		require.Equal(t, 1, turns, want)
	}
}

func TestACredentialThatCannotBeUsedIsNotTried(t *testing.T) {
	t.Parallel()

	r, enroll := startRenewal(t)
	r.current.Store(credentialOf(t, newClientID, clock.Add(-time.Hour)))
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)
	require.Equal(t, "old", r.called(), "it has expired")

	r.current.Store(nil)
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)
	require.Equal(t, "old", r.called(), "there is none")
}

func TestAnExpiredCredentialIsReplacedWithoutATrial(t *testing.T) {
	t.Parallel()

	r, enroll := startRenewal(t, func(c *mastercard.Config) {
		c.Credentials.(*renewal).current.Store(credentialOf(t, oldClient, clock.Add(time.Hour)))
	})
	require.Equal(t, mastercard.Enrolled, enroll().Verdict)

	r.later(2 * time.Hour)
	require.Equal(t, mastercard.ReasonKeyExpired, enroll().Failure.Reason)

	r.current.Store(credentialOf(t, newClientID, time.Time{}))
	require.Equal(t, mastercard.Halted, enroll().Verdict)
	require.Equal(t, "old, new", r.called())
}

func emptyRequest(t *testing.T) *http.Request {
	t.Helper()

	return must(http.NewRequestWithContext(t.Context(), http.MethodGet, "http://api.example", http.NoBody))
}
