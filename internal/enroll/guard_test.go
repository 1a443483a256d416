package enroll_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// misunderstood is the API while something is wrong with every request: it treats all cards as those of a scenario.
type misunderstood struct {
	enroll.API

	as    atomic.Int64 // the scenario; 0 when nothing is wrong
	calls atomic.Int64
}

func (m *misunderstood) Enroll(ctx context.Context, r mastercard.EnrollRequest) mastercard.Answer {
	if scenario := int(m.as.Load()); scenario != 0 {
		r.Card.PrimaryAccountNumber = pan.Unchecked(sandbox.PAN(scenario, int(m.calls.Add(1))))
	}

	return m.API.Enroll(ctx, r)
}

func (r *rig) publishMany(n int) {
	for i := range n {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}
}

func (r *rig) halts() {
	r.t.Helper()
	eventually.True(r.t, func() bool { return r.log.Contains("HALTED") }, patience, 5*time.Millisecond, "%s", r.log)
}

func (r *rig) statuses(n int) map[store.Status]int {
	r.t.Helper()

	counts := map[store.Status]int{}

	for i := range n {
		outcome, found, err := r.store.Outcome(r.t.Context(), fmt.Sprintf("job-%d", i))
		require.NoError(r.t, err)

		if found {
			counts[outcome.Status]++
		}
	}

	return counts
}

// A million rows must not be burned by one misunderstanding, whatever the table says of its reason.
func TestProgramHaltsWhenNearlyAllJobsAreRejectedAlike(t *testing.T) {
	t.Parallel()

	const (
		jobsWaiting      = 40
		window           = 10
		countryIsMissing = 15
	)

	r := newRig(t)
	r.config.GuardWindow = window
	r.publishMany(jobsWaiting)

	api := &misunderstood{API: r.client()}
	api.as.Store(countryIsMissing)

	stop := r.startWith(r.js, r.store, api)
	r.halts()
	require.Contains(t, r.log.String(), "10 of the last 10 jobs were rejected for CANNOT_BE_NULL, which is not about the card: must not be null")
	require.Contains(t, r.log.String(), "about_card")

	// Probes are rejected for the same reason, and end no job either.
	before := api.calls.Load()
	eventually.True(t, func() bool { return api.calls.Load() > before }, patience, 5*time.Millisecond)
	eventually.True(t, func() bool { return r.statuses(jobsWaiting)[store.StatusRejected] == window-1 }, patience, 5*time.Millisecond)

	api.as.Store(0)
	r.outcomesOf(jobsWaiting)
	stop()
	r.drained()

	require.Equal(t, map[store.Status]int{store.StatusRejected: window - 1, store.StatusEnrolled: jobsWaiting - window + 1},
		r.statuses(jobsWaiting))
}

func TestRejectionsThatHaltNothing(t *testing.T) {
	t.Parallel()

	const jobsWaiting = 40

	for name, c := range map[string]struct{ scenario, window int }{
		"about the cards":                  {10, 10},
		"enrolled before":                  {1, 10},
		"a window of so many more":         {15, jobsWaiting + 1},
		"a guard that an operator has off": {15, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.config.GuardWindow = c.window

			for i := range jobsWaiting {
				r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(c.scenario, i))
			}

			stop := r.start()
			r.outcomesOf(jobsWaiting)
			stop()
			r.drained()
			require.False(t, r.log.Contains("HALTED"))
		})
	}
}

// What answers in the API's place ends no job: the program halts with its first line.
func TestProgramHaltsWhenSomethingElseAnswers(t *testing.T) {
	t.Parallel()

	const jobsWaiting = 12

	for name, c := range map[string]struct {
		scenario int
		said     string
	}{
		"a server that wants a client certificate": {30, "HTTP_400: 1. calls in a row got no answer of the API, the last: 400 No required SSL certificate was sent"},
		"a proxy's limit":                          {31, "HTTP_413: 1. calls in a row got no answer of the API, the last: 413 Request Entity Too Large"},
		"a proxy's policy":                         {32, "HTTP_451: 1. calls in a row got no answer of the API, the last: 451 Blocked by policy"},
		"the gateway, in XML":                      {33, "AUTHENTICATION_FAILED: OAuth Signature parameter failed verification."},
		"a key that is not known, in lower case":   {34, "CRYPTOGRAPHY_ERROR: The request could not be decrypted"},
		"another":                                  {35, "ENCRYPTION_ERROR: The encryption key is not valid"},
		"a client id that is not known":            {36, "openapi.invalid.xclient.id: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.publishMany(jobsWaiting)

			api := &misunderstood{API: r.client()}
			api.as.Store(int64(c.scenario))

			stop := r.startWith(r.js, r.store, api)
			r.halts()
			require.Regexp(t, "^"+c.said+"$", r.config.Pacers["demo"].State().Halted)

			api.as.Store(0)
			r.outcomesOf(jobsWaiting)
			stop()
			r.drained()
			require.Equal(t, map[store.Status]int{store.StatusEnrolled: jobsWaiting}, r.statuses(jobsWaiting))
		})
	}
}

// A page that is served as a success may hide one: the jobs stay unknown, and the program halts all the same.
func TestProgramHaltsWhenEverySuccessIsAPage(t *testing.T) {
	t.Parallel()

	const jobsWaiting = 12

	var welcome atomic.Bool
	welcome.Store(true)

	r := newRig(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if !welcome.Load() {
			r.sandbox.ServeHTTP(w, request)
			return
		}

		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><title>Welcome to our network</title></html>")
	}))
	t.Cleanup(server.Close)

	r.api.BaseURL = server.URL + sandbox.BasePath
	r.publishMany(jobsWaiting)

	stop := r.start()
	r.halts()
	require.Contains(t, r.config.Pacers["demo"].State().Halted, "the last: Welcome to our network")

	welcome.Store(false)
	r.outcomesOf(jobsWaiting)
	stop()
	r.drained()
	require.Equal(t, map[store.Status]int{store.StatusEnrolled: jobsWaiting}, r.statuses(jobsWaiting))
}

// What never left charges no job, and halts with its text when it goes on.
func TestTheWayOutChargesNoJob(t *testing.T) {
	t.Parallel()

	const jobsWaiting = 3

	refusing := func(t *testing.T) *http.Transport {
		t.Helper()

		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusProxyAuthRequired)
		}))
		t.Cleanup(proxy.Close)

		address, err := url.Parse(proxy.URL)
		require.NoError(t, err)

		transport := mastercard.NewTransport()
		transport.Proxy = http.ProxyURL(address)

		return transport
	}
	nowhere := func(*testing.T) *http.Transport {
		transport := mastercard.NewTransport()
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}}
		}

		return transport
	}

	for name, c := range map[string]struct {
		transport func(t *testing.T) *http.Transport
		reason    string
		said      string
	}{
		"an untrusted certificate": {func(*testing.T) *http.Transport { return mastercard.NewTransport() }, "TLS", "unknown authority"},
		"a proxy's 407":            {refusing, "PROXY", "407 Proxy Authentication Required"},
		"an unknown host":          {nowhere, "DNS", "no such host"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.setProgram(func(p *enroll.Program) { p.MaxAttempts = 1 }) // one that counts would be the last

			server := httptest.NewUnstartedServer(r.sandbox)
			server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			server.StartTLS()
			t.Cleanup(server.Close)

			r.api.BaseURL = server.URL + sandbox.BasePath
			r.api.Transport = c.transport(t)
			r.publishMany(jobsWaiting)

			stop := r.start()
			r.halts()

			state := r.config.Pacers["demo"].State()
			require.Contains(t, state.Halted, c.reason+": 1")
			require.Contains(t, state.Halted, c.said)
			require.Contains(t, r.log.String(), "a call got no answer of the API; the program halts when this goes on")
			require.Contains(t, r.config.Pacers["demo"].Guard.Trouble().Reason, c.said)
			require.Empty(t, r.outcomes)
			stop()

			trusting := mastercard.NewTransport()
			trusting.TLSClientConfig.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			r.api.Transport = trusting

			stop = r.start()
			r.outcomesOf(jobsWaiting)
			stop()
			r.drained()
			require.Equal(t, map[store.Status]int{store.StatusEnrolled: jobsWaiting}, r.statuses(jobsWaiting))
		})
	}
}

// An API that refuses connections is sick, and not the way out: nothing halts, and nothing is charged.
func TestWhatIsNeverSentChargesNoJob(t *testing.T) {
	t.Parallel()

	const jobsWaiting = 3

	var refused atomic.Bool
	refused.Store(true)

	r := newRig(t)
	r.setProgram(func(p *enroll.Program) { p.MaxAttempts = 1 })

	transport := mastercard.NewTransport()
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if refused.Load() {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}

		return new(net.Dialer).DialContext(ctx, network, address)
	}
	r.api.Transport = transport
	r.publishMany(jobsWaiting)

	stop := r.start()
	eventually.True(t, func() bool { return r.log.Contains("the API is sick") }, patience, 5*time.Millisecond, "%s", r.log)
	require.Contains(t, r.log.String(), "the last with CONNECTION_REFUSED")
	require.False(t, r.log.Contains("HALTED"))

	refused.Store(false)
	r.outcomesOf(jobsWaiting)
	stop()
	r.drained()
	require.Equal(t, map[store.Status]int{store.StatusEnrolled: jobsWaiting}, r.statuses(jobsWaiting))
}

// Packed, marked or in another character set: an answer means what it says. One that cannot be read, or names another card, does not.
func TestAnswersInOtherForms(t *testing.T) {
	t.Parallel()

	r := newRig(t)

	cases := map[int]struct {
		status    store.Status
		attempts  int
		effects   int
		withoutID bool
	}{
		37: {store.StatusRejected, 1, 0, true},
		62: {store.StatusEnrolled, 1, 1, false},
		63: {store.StatusEnrolled, 1, 1, false},
		64: {store.StatusEnrolled, 1, 1, false},
		65: {store.StatusEnrolled, 1, 1, false},
		66: {store.StatusEnrolled, 1, 1, false},
		67: {store.StatusEnrolled, 1, 1, true},
		68: {store.StatusEnrolled, 1, 1, true},
		84: {store.StatusEnrolled, 2, 2, false},
		85: {store.StatusEnrolled, 2, 2, false},
		86: {store.StatusEnrolled, 2, 2, false},
	}

	for scenario := range cases {
		r.publish(fmt.Sprintf("s%02d", scenario), sandbox.PAN(scenario, 1))
	}

	stop := r.start()
	r.outcomesOf(len(cases))
	stop()
	r.drained()

	for scenario, want := range cases {
		row := r.row(fmt.Sprintf("s%02d", scenario))
		require.Equal(t, want.status, row.Status, "scenario %d: %+v", scenario, row)
		require.Equal(t, want.attempts, row.Attempts, "scenario %d", scenario)
		require.Equal(t, want.effects, r.sandbox.Ledger().Effects(sandbox.PAN(scenario, 1)), "scenario %d", scenario)
		require.Equal(t, want.withoutID, row.SrcDigitalCardID == "", "scenario %d", scenario)
	}
}
