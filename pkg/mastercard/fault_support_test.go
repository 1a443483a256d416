package mastercard_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// fragileDialer makes connections that can be told to fail at their next write, or do so from the start.
type fragileDialer struct {
	bornBroken bool

	lock   sync.Mutex
	opened []*fragileConn
}

type fragileConn struct {
	net.Conn

	broken atomic.Bool
}

func (d *fragileDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}

	d.lock.Lock()
	defer d.lock.Unlock()

	fragile := &fragileConn{Conn: conn}
	fragile.broken.Store(d.bornBroken)
	d.opened = append(d.opened, fragile)

	return fragile, nil
}

// breakOnWrite breaks the connections that are open now.
func (d *fragileDialer) breakOnWrite() {
	d.lock.Lock()
	defer d.lock.Unlock()

	for _, conn := range d.opened {
		conn.broken.Store(true)
	}
}

func (c *fragileConn) Write(data []byte) (int, error) {
	if c.broken.Load() {
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
	}

	return c.Conn.Write(data)
}

// rawServer hands each connection to serve, and closes it after.
func rawServer(t *testing.T, serve func(conn net.Conn)) string {
	t.Helper()

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)

	var serving sync.WaitGroup

	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}

			serving.Go(func() {
				serve(conn)
				_ = conn.Close()
			})
		}
	})

	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})

	return listener.Addr().String()
}

// readRequest reads one whole request.
func readRequest(conn net.Conn) {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err == nil {
		_, _ = io.Copy(io.Discard, request.Body)
	}
}

// reset makes closing the connection reset it.
func reset(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) }

// untilClosed waits for the client to end the connection.
func untilClosed(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// half answers with a body that breaks off.
func half(status int, body string) func(t *testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return "http://" + rawServer(t, func(conn net.Conn) {
			readRequest(conn)
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
				status, len(body), body[:len(body)/2])
		})
	}
}
