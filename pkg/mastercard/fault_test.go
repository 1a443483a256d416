package mastercard_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

func TestFaults(t *testing.T) {
	t.Parallel()

	// Long enough for a busy machine to have sent the request, since the verdict depends on that.
	const soon = 1500 * time.Millisecond

	for name, c := range map[string]struct {
		target func(t *testing.T) string // the base URL
		config func(*mastercard.Config)

		verdict        mastercard.Verdict
		reason, detail string
		status         int
		is             error
		whole          bool // an answer came, such as it is
	}{
		"connection refused": {
			target: func(t *testing.T) string {
				t.Helper()

				listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
				require.NoError(t, err)
				require.NoError(t, listener.Close())

				return "http://" + listener.Addr().String()
			},
			verdict: mastercard.Retry,
			reason:  mastercard.ReasonConnectionRefused,
			detail:  mastercard.DetailNotSent,
			is:      syscall.ECONNREFUSED,
		},
		"no such host": {
			config: func(c *mastercard.Config) {
				transport := mastercard.NewTransport()
				transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}}
				}
				c.Transport = transport
			},
			verdict: mastercard.Retry,
			reason:  mastercard.ReasonDNS,
			detail:  mastercard.DetailNotSent,
		},
		"connecting takes too long": {
			config: func(c *mastercard.Config) {
				transport := mastercard.NewTransport()
				transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				}
				c.Transport, c.CallTimeout = transport, soon
			},
			verdict: mastercard.Retry,
			reason:  mastercard.ReasonTimeout,
			detail:  mastercard.DetailNotSent,
			is:      context.DeadlineExceeded,
		},
		"a certificate of an unknown authority": {
			target: func(t *testing.T) string {
				t.Helper()

				server := httptest.NewUnstartedServer(http.NotFoundHandler())
				server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
				server.StartTLS()
				t.Cleanup(server.Close)

				return server.URL
			},
			verdict: mastercard.Retry,
			reason:  mastercard.ReasonTLS,
			detail:  mastercard.DetailNotSent,
		},
		"closed during the TLS handshake": {
			target: func(t *testing.T) string {
				t.Helper()
				return "https://" + rawServer(t, func(conn net.Conn) {
					_, _ = conn.Read(make([]byte, 100))
				})
			},
			verdict: mastercard.Retry,
			detail:  mastercard.DetailNotSent,
		},
		"plain HTTP where TLS is expected": {
			target: func(t *testing.T) string {
				t.Helper()
				return "https://" + rawServer(t, func(conn net.Conn) {
					_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
				})
			},
			verdict: mastercard.Retry,
			detail:  mastercard.DetailNotSent,
		},
		"reset before anything is written": {
			target: func(t *testing.T) string {
				t.Helper()
				return "http://" + rawServer(t, untilClosed)
			},
			config: func(c *mastercard.Config) {
				transport := mastercard.NewTransport()
				transport.DialContext = (&fragileDialer{bornBroken: true}).DialContext
				c.Transport = transport
			},
			verdict: mastercard.Retry,
			reason:  mastercard.ReasonConnectionLost,
			detail:  mastercard.DetailNotSent,
			is:      syscall.ECONNRESET,
		},
		"closed after the request was read": {
			target: func(t *testing.T) string {
				t.Helper()
				return "http://" + rawServer(t, readRequest)
			},
			verdict: mastercard.Unknown,
			reason:  mastercard.ReasonConnectionLost,
			detail:  mastercard.DetailSent,
		},
		"reset after the request was read": {
			target: func(t *testing.T) string {
				t.Helper()
				return "http://" + rawServer(t, func(conn net.Conn) {
					readRequest(conn)
					reset(conn)
				})
			},
			verdict: mastercard.Unknown,
			reason:  mastercard.ReasonConnectionLost,
			detail:  mastercard.DetailSent,
			is:      syscall.ECONNRESET,
		},
		"no answer within the deadline": {
			target: func(t *testing.T) string {
				t.Helper()
				return "http://" + rawServer(t, untilClosed)
			},
			config:  within(soon),
			verdict: mastercard.Unknown,
			reason:  mastercard.ReasonTimeout,
			detail:  mastercard.DetailSent,
			is:      context.DeadlineExceeded,
		},
		"an answer that is not HTTP": {
			target: func(t *testing.T) string {
				t.Helper()
				return "http://" + rawServer(t, func(conn net.Conn) {
					readRequest(conn)
					_, _ = io.WriteString(conn, testPAN+" is not a status line\r\n\r\n")
				})
			},
			verdict: mastercard.Unknown,
			reason:  mastercard.ReasonNetwork,
			detail:  mastercard.DetailSent,
		},
		"half of a 200": {
			target:  half(200, enrolled),
			verdict: mastercard.Unknown,
			reason:  "HTTP_200",
			detail:  mastercard.DetailTruncated,
			status:  200,
			is:      io.ErrUnexpectedEOF,
		},
		"half of a 400": {
			target:  half(400, `{"status":400,"reason":"INVALID_STATE","errordetail":[{"reason":"ISSUER_DECLINED"}]}`),
			verdict: mastercard.Retry,
			reason:  "HTTP_400",
			detail:  mastercard.DetailTruncated,
			status:  400,
		},
		"half of a 503": {
			target:  half(503, `{"status":503,"reason":"UNAVAILABLE"}`),
			verdict: mastercard.Retry,
			reason:  "HTTP_503",
			detail:  mastercard.DetailTruncated,
			status:  503,
		},
		"half of a 403": {
			target:  half(403, `{"Errors":{"Error":[{"Source":"Gateway"}]}}`),
			verdict: mastercard.Halted,
			reason:  "HTTP_403",
			detail:  mastercard.DetailTruncated,
			status:  403,
		},
		"a body that drips beyond the deadline": {
			target: func(t *testing.T) string {
				t.Helper()
				return "http://" + rawServer(t, func(conn net.Conn) {
					readRequest(conn)
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")

					tick := time.NewTicker(10 * time.Millisecond)
					defer tick.Stop()

					for range tick.C {
						if _, err := io.WriteString(conn, " "); err != nil {
							return
						}
					}
				})
			},
			config:  within(soon),
			verdict: mastercard.Unknown,
			reason:  "HTTP_200",
			detail:  mastercard.DetailTruncated,
			status:  200,
			is:      context.DeadlineExceeded,
		},
		"an answer without end": {
			target: func(t *testing.T) string {
				t.Helper()
				return "http://" + rawServer(t, func(conn net.Conn) {
					readRequest(conn)

					_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
					for err == nil {
						_, err = conn.Write(make([]byte, 64<<10))
					}
				})
			},
			verdict: mastercard.Unknown,
			reason:  "HTTP_200",
			detail:  mastercard.DetailTruncated,
			status:  200,
		},
		"a header without end": {
			target: func(t *testing.T) string {
				t.Helper()
				return "http://" + rawServer(t, func(conn net.Conn) {
					readRequest(conn)

					_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
					for i := 0; err == nil; i++ {
						_, err = fmt.Fprintf(conn, "X-%d: y\r\n", i)
					}
				})
			},
			verdict: mastercard.Unknown,
			reason:  mastercard.ReasonNetwork,
			detail:  mastercard.DetailSent,
		},
		"another protocol": {
			target: func(t *testing.T) string {
				t.Helper()
				return "http://" + rawServer(t, func(conn net.Conn) {
					readRequest(conn)
					_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
					untilClosed(conn)
				})
			},
			verdict: mastercard.Unknown,
			reason:  "HTTP_101",
			detail:  mastercard.DetailEmpty,
			status:  101,
			whole:   true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			config := settings(t, within(20*time.Second))
			if c.target != nil {
				config.BaseURL = c.target(t)
			}
			if c.config != nil {
				c.config(&config)
			}

			client, err := mastercard.New(config)
			require.NoError(t, err)

			started := time.Now()
			answer := client.Enroll(t.Context(), enrollRequest())

			require.Equal(t, c.verdict, answer.Verdict, "%+v", answer)
			require.Equal(t, c.detail, answer.Failure.Detail, "%+v", answer)
			require.Equal(t, c.status, answer.HTTPStatus)
			require.Equal(t, c.whole, answer.Err == nil)
			require.Less(t, time.Since(started), config.CallTimeout+5*time.Second)
			require.NotContains(t, fmt.Sprintf("%+v %v", answer, answer.Err), testPAN)

			if c.reason != "" {
				require.Equal(t, c.reason, answer.Failure.Reason)
			}
			if c.is != nil {
				require.ErrorIs(t, answer.Err, c.is)
			}
		})
	}
}

func TestCallerEndsTheCall(t *testing.T) {
	t.Parallel()

	t.Run("before it is sent", func(t *testing.T) {
		t.Parallel()

		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		client := newClient(t, through(roundTripper(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("nothing should be sent")
		})))
		answer := client.Enroll(ctx, enrollRequest())

		require.Equal(t, mastercard.Retry, answer.Verdict)
		require.Equal(t, mastercard.ReasonCanceled, answer.Failure.Reason)
		require.Equal(t, mastercard.DetailNotSent, answer.Failure.Detail)
		require.ErrorIs(t, answer.Err, context.Canceled)
	})

	t.Run("while the API works", func(t *testing.T) {
		t.Parallel()

		ctx, cancel := context.WithCancel(t.Context())
		address := rawServer(t, func(conn net.Conn) {
			readRequest(conn)
			cancel()
			untilClosed(conn)
		})
		answer := newClient(t, at("http://"+address)).Enroll(ctx, enrollRequest())

		require.Equal(t, mastercard.Unknown, answer.Verdict)
		require.Equal(t, mastercard.ReasonCanceled, answer.Failure.Reason)
		require.Equal(t, mastercard.DetailSent, answer.Failure.Detail)
		require.ErrorIs(t, answer.Err, context.Canceled)
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()

	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	t.Cleanup(elsewhere.Close)

	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)

	answer := newClient(t, at(server.URL)).Enroll(t.Context(), enrollRequest())
	require.Equal(t, mastercard.Halted, answer.Verdict)
	require.Equal(t, 307, answer.HTTPStatus)
}
