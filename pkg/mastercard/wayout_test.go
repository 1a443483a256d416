package mastercard_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

// certified is a certificate of an authority of its own, for a name or an address, good until a time.
func certified(t *testing.T, name string, until time.Time) (tls.Certificate, []byte) {
	t.Helper()

	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's authority"},
		NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}

	if address := net.ParseIP(name); address != nil {
		template.IPAddresses = []net.IP{address}
	} else {
		template.DNSNames = []string{name}
	}

	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))

	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// tlsServer answers that the card is enrolled.
func tlsServer(t *testing.T, config *tls.Config) string {
	t.Helper()

	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, enrolled)
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.TLS = config
	server.StartTLS()
	t.Cleanup(server.Close)

	return server.URL
}

func caFile(t *testing.T, content []byte) string {
	t.Helper()

	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, content, 0o600))

	return file
}

// trusting is a transport with the authorities of a file.
func trusting(t *testing.T, certificates []byte) *http.Transport {
	t.Helper()

	transport := mastercard.NewTransport()
	transport.TLSClientConfig.RootCAs = must(mastercard.LoadCAs(caFile(t, certificates)))

	return transport
}

// What never left because of the way out says so, with its text, and is never a job's fault.
func TestTheWayOut(t *testing.T) {
	t.Parallel()

	proxied := func(t *testing.T, serve func(net.Conn)) *http.Transport {
		t.Helper()

		transport := mastercard.NewTransport()
		transport.Proxy = http.ProxyURL(must(url.Parse("http://" + rawServer(t, serve))))

		return transport
	}
	saying := func(answer string) func(net.Conn) {
		return func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, answer)
		}
	}
	dialing := func(err error) *http.Transport {
		transport := mastercard.NewTransport()
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, err }

		return transport
	}

	for name, c := range map[string]struct {
		target func(t *testing.T) (string, *http.Transport)
		reason string
		text   string
	}{
		"an authority that is not known": {
			func(t *testing.T) (string, *http.Transport) {
				t.Helper()
				certificate, _ := certified(t, "127.0.0.1", time.Now().AddDate(0, 1, 0))
				return tlsServer(t, &tls.Config{Certificates: []tls.Certificate{certificate}}), mastercard.NewTransport()
			},
			mastercard.ReasonTLS, "unknown authority",
		},
		"a certificate that has expired": {
			func(t *testing.T) (string, *http.Transport) {
				t.Helper()
				certificate, authority := certified(t, "127.0.0.1", time.Now().AddDate(0, 0, -1))
				return tlsServer(t, &tls.Config{Certificates: []tls.Certificate{certificate}}), trusting(t, authority)
			},
			mastercard.ReasonTLS, "expired",
		},
		"a certificate for another name": {
			func(t *testing.T) (string, *http.Transport) {
				t.Helper()
				certificate, authority := certified(t, "api.example", time.Now().AddDate(0, 1, 0))
				return tlsServer(t, &tls.Config{Certificates: []tls.Certificate{certificate}}), trusting(t, authority)
			},
			mastercard.ReasonTLS, "127.0.0.1",
		},
		"a server that wants a certificate of ours, TLS 1.3": {
			func(t *testing.T) (string, *http.Transport) {
				t.Helper()
				certificate, authority := certified(t, "127.0.0.1", time.Now().AddDate(0, 1, 0))
				config := &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13}
				return tlsServer(t, config), trusting(t, authority)
			},
			mastercard.ReasonTLS, "certificate required",
		},
		"a server that wants a certificate of ours, TLS 1.2": {
			func(t *testing.T) (string, *http.Transport) {
				t.Helper()
				certificate, authority := certified(t, "127.0.0.1", time.Now().AddDate(0, 1, 0))
				config := &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}
				return tlsServer(t, config), trusting(t, authority)
			},
			mastercard.ReasonTLS, "tls:",
		},
		"plain HTTP where TLS is expected": {
			func(t *testing.T) (string, *http.Transport) {
				t.Helper()
				return "https://" + rawServer(t, saying("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")), mastercard.NewTransport()
			},
			mastercard.ReasonTLS, "",
		},
		"a proxy that wants credentials": {
			func(t *testing.T) (string, *http.Transport) {
				t.Helper()
				return mastercard.Sandbox, proxied(t, saying("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
			},
			mastercard.ReasonProxy, "407 Proxy Authentication Required",
		},
		"a proxy that forbids": {
			func(t *testing.T) (string, *http.Transport) {
				t.Helper()
				return mastercard.Sandbox, proxied(t, saying("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))
			},
			mastercard.ReasonProxy, "403 Forbidden",
		},
		"a proxy that finds no way": {
			func(t *testing.T) (string, *http.Transport) {
				t.Helper()
				return mastercard.Sandbox, proxied(t, saying("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"))
			},
			mastercard.ReasonProxy, "503",
		},
		"a proxy that is not there": {
			func(t *testing.T) (string, *http.Transport) {
				t.Helper()
				listener := must(new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"))
				require.NoError(t, listener.Close())
				transport := mastercard.NewTransport()
				transport.Proxy = http.ProxyURL(must(url.Parse("http://" + listener.Addr().String())))

				return mastercard.Sandbox, transport
			},
			mastercard.ReasonProxy, "refused",
		},
		"a host that is not known": {
			func(*testing.T) (string, *http.Transport) {
				return mastercard.Sandbox, dialing(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}})
			},
			mastercard.ReasonDNS, "no such host",
		},
		"no route": {
			func(*testing.T) (string, *http.Transport) {
				return mastercard.Sandbox, dialing(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)})
			},
			mastercard.ReasonUnreachable, "unreachable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			target, transport := c.target(t)
			client := newClient(t, at(target), through(transport), within(20*time.Second))

			// A server of TLS 1.3 refuses after the handshake. When the request is written first, the connection is
			// reset before the refusal is read, and the call is like any other that lost its connection.
			var answer mastercard.Answer
			for range 20 {
				answer = client.Enroll(t.Context(), enrollRequest())
				if answer.Failure.Reason != mastercard.ReasonConnectionLost {
					break
				}
			}

			require.Equal(t, mastercard.Retry, answer.Verdict, "%+v", answer)
			require.Equal(t, mastercard.ObstacleWayOut, answer.Obstacle)
			require.Equal(t, c.reason, answer.Failure.Reason)
			require.Equal(t, mastercard.DetailNotSent, answer.Failure.Detail)
			require.Contains(t, answer.Failure.Message, c.text)
			require.Contains(t, answer.Advice, "Costs no attempt.")
		})
	}
}

// A server that is away, or that resets connections, is not the way out: the API may be sick.
func TestWhatIsNotTheWayOut(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]error{
		"refused": &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		"reset":   &net.OpError{Op: "read", Err: syscall.ECONNRESET},
		"late":    context.DeadlineExceeded,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			transport := mastercard.NewTransport()
			transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, c }
			answer := newClient(t, through(transport)).Enroll(t.Context(), enrollRequest())
			require.Equal(t, mastercard.Retry, answer.Verdict)
			require.Empty(t, answer.Obstacle)
		})
	}
}

func TestAnAuthorityOfOnesOwn(t *testing.T) {
	t.Parallel()

	certificate, authority := certified(t, "127.0.0.1", time.Now().AddDate(0, 1, 0))
	target := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{certificate}})

	answer := newClient(t, at(target), through(trusting(t, authority))).Enroll(t.Context(), enrollRequest())
	require.Equal(t, mastercard.Enrolled, answer.Verdict, "%+v", answer)
}

func TestLoadCAs(t *testing.T) {
	t.Parallel()

	_, authority := certified(t, "a", time.Now())
	_, other := certified(t, "b", time.Now())
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})
	broken := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})

	for name, c := range map[string]struct {
		content []byte
		err     string
	}{
		"one":             {authority, ""},
		"several":         {append(append([]byte("# ours\n"), authority...), other...), ""},
		"behind a mark":   {append([]byte("\xef\xbb\xbf"), authority...), ""},
		"an empty file":   {nil, "it is empty"},
		"no PEM":          {[]byte("hello"), "BEGIN CERTIFICATE"},
		"a key":           {key, `block 1 is a "PRIVATE KEY"`},
		"a key behind it": {append(slices.Clip(authority), key...), `block 2 is a "PRIVATE KEY"`},
		"a broken one":    {broken, "certificate 1 cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			file := caFile(t, c.content)
			pool, err := mastercard.LoadCAs(file)

			if c.err == "" {
				require.NoError(t, err)
				require.NotNil(t, pool)
			} else {
				require.ErrorContains(t, err, c.err)
				require.ErrorContains(t, err, file)
			}
		})
	}

	_, err := mastercard.LoadCAs("none")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// What answers in the API's place is told by its first line, and told from an API that is sick.
func TestWhatAnsweredInTheAPIsPlace(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		status    int
		body      string
		obstacle  mastercard.Obstacle
		firstLine string
	}{
		"HTML":             {400, noCertificate, mastercard.ObstacleAnswer, "400 No required SSL certificate was sent"},
		"HTML, cut":        {400, "<html><title>4", mastercard.ObstacleAnswer, "4"},
		"a script first":   {400, "<html><script>if (a<b) x()</script><!-- y --><p>Access&nbsp;&amp; more</p>", mastercard.ObstacleAnswer, "Access & more"},
		"text":             {400, "\n  one\r\ntwo", mastercard.ObstacleAnswer, "one"},
		"a card in it":     {400, "no " + testPAN, mastercard.ObstacleAnswer, "no ************4784"},
		"JSON":             {400, `{"a": 1}`, mastercard.ObstacleAnswer, `{"a":1}`},
		"nothing":          {200, "", mastercard.ObstacleAnswer, ""},
		"a welcome page":   {200, "<h1>Welcome</h1>", mastercard.ObstacleAnswer, "Welcome"},
		"another card":     {200, `{"maskedCard":{"panLastFour":"1111"}}`, mastercard.ObstacleAnswer, `the answer is about another card: its panBin is "" and its panLastFour "1111"`},
		"a new reason":     {400, serviceError("NEW", "null"), mastercard.ObstacleAnswer, ""},
		"a sick proxy":     {502, "<h1>Bad Gateway</h1>", "", "Bad Gateway"},
		"a late proxy":     {504, "", "", ""},
		"a sick service":   {500, serviceError("INTERNAL", "null"), "", ""},
		"passing":          {400, gatewayError("X", "m", "true"), "", ""},
		"declined":         {400, declined, "", ""},
		"refused":          {403, "<html>no</html>", "", "no"},
		"throttled":        {429, "<html>slow</html>", "", "slow"},
		"enrolled":         {200, enrolled, "", ""},
		"more than a line": {400, string(make([]byte, 300)) + "a", mastercard.ObstacleAnswer, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := newClient(t, through(answering(c.status, c.body))).Enroll(t.Context(), enrollRequest())
			require.Equal(t, c.obstacle, answer.Obstacle, "%+v", answer)
			require.Equal(t, c.firstLine, answer.FirstLine)
		})
	}
}
