package doctor

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
)

// apiTimeout bounds a request that is not one of the API's.
const apiTimeout = 20 * time.Second

// An API says how Mastercard is called.
type API struct {
	BaseURL   string
	Transport http.RoundTripper
	// Read asks for a card that cannot exist, as a program does; one for each.
	Read []Reading
	// Now tells this machine's time.
	Now func() time.Time
}

// A Reading is a call of one program that changes nothing.
type Reading struct {
	Program string
	Ask     func(ctx context.Context) mastercard.Answer
}

type api struct {
	checks

	API
}

// Check asks the API. No call of it changes anything there.
func (a API) Check(ctx context.Context) []Check {
	this := &api{checks{area: "api"}, a}

	if this.connection(ctx) {
		for _, reading := range a.Read {
			this.call(ctx, reading)
		}
	}

	return this.all
}

// connection looks at the way to the API: proxy, TLS, clock. What answers need not know the address.
func (a *api) connection(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.BaseURL, http.NoBody)
	if err != nil {
		a.fail("connection", "Check --mastercard-url.", "%s", masked(err))
		return false
	}

	a.proxy(request)

	before := a.Now()

	answer, err := a.Transport.RoundTrip(request)
	if err != nil {
		a.fail("connection", "See that this machine may connect to it: firewall, HTTPS_PROXY, --mastercard-ca-file.", "%s", masked(err))
		return false
	}
	defer answer.Body.Close()

	a.ok("connection", "%s answers", request.URL.Host)
	a.tls(answer.TLS)

	if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		// The header has whole seconds.
		a.difference("clock", date.Sub(before.Truncate(time.Second)).Truncate(time.Second))
	}

	return true
}

func (a *api) proxy(request *http.Request) {
	proxy, err := http.ProxyFromEnvironment(request)

	switch {
	case err != nil:
		a.fail("proxy", "Check HTTPS_PROXY and NO_PROXY.", "%s", masked(err))
	case proxy != nil:
		a.ok("proxy", "%s", settings.Masked((&url.URL{Scheme: proxy.Scheme, Host: proxy.Host}).String()))
	default:
		a.ok("proxy", "none")
	}
}

func (a *api) tls(state *tls.ConnectionState) {
	if state == nil {
		a.warn("TLS", "For tests only: use https.", "none")
		return
	}

	issuer := "unknown"
	if len(state.PeerCertificates) > 0 {
		certificate := state.PeerCertificates[0]
		issuer = certificate.Issuer.String()

		const soon = 14 * 24 * time.Hour
		if left := certificate.NotAfter.Sub(a.Now()); left < soon {
			a.warn("certificate", "Tell who runs the server.", "it expires in %s", left.Round(time.Hour))
		}
	}

	a.ok("TLS", "%s; issuer of the certificate: %s (if that is your own network's, a proxy reads all)",
		tls.VersionName(state.Version), settings.Masked(issuer))
}

// call asks for a card that cannot exist. That the service does not know it proves signature, client id, service id and address.
func (a *api) call(ctx context.Context, reading Reading) {
	name := "call of " + reading.Program
	answer := reading.Ask(ctx)

	said := callSaid(answer)

	switch {
	case answer.Verdict == mastercard.NotEnrolled && answer.Failure.Source == mastercard.SourceService:
		a.ok(name, "the service does not know a card that cannot exist: signature, client id, service id and address are right")
	case answer.Verdict == mastercard.Halted, answer.Verdict == mastercard.Rejected:
		a.fail(name, answer.Advice, "%s", said)
	default:
		a.warn(name, answer.Advice, "not proven: %s", said)
	}
}

// callSaid is an answer in a line. One that did not come from the API, as when no token was given, has no status of HTTP.
func callSaid(answer mastercard.Answer) string {
	said := string(answer.Verdict)
	if answer.HTTPStatus != 0 {
		said = fmt.Sprintf("HTTP %d, %s", answer.HTTPStatus, said)
	}

	failure := answer.Failure
	if failure.Reason == "" {
		return said
	}

	said += fmt.Sprintf(": %s %s", failure.Source, failure.Reason)
	if failure.Message != "" {
		said += ": " + failure.Message
	}

	return said
}
