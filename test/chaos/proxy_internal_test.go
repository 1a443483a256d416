package chaos

import (
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const patience = 20 * time.Second

// echo is a server that sends back what it gets, and tells what it got.
func echo(t *testing.T) (addr string, got <-chan byte) {
	t.Helper()

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", loopback+":0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })

	heard := make(chan byte, 100)

	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}

			go func() {
				defer func() { _ = conn.Close() }()

				for b := make([]byte, 1); ; {
					if _, err := conn.Read(b); err != nil {
						return
					}

					heard <- b[0]

					_, _ = conn.Write(b)
				}
			}()
		}
	}()

	return listener.Addr().String(), heard
}

// link is a connection through a proxy to an echo.
type link struct {
	t     *testing.T
	proxy *proxy
	conn  net.Conn
	got   <-chan byte // what the echo heard
}

func newLink(t *testing.T) *link {
	t.Helper()

	addr, got := echo(t)
	p, err := newProxy(t.Context(), func() string { return addr })
	require.NoError(t, err)
	t.Cleanup(p.close)

	l := &link{t: t, proxy: p, got: got}
	l.dial()
	l.answered('a')
	require.Equal(t, byte('a'), <-got)

	return l
}

func (l *link) dial() {
	l.t.Helper()

	conn, err := new(net.Dialer).DialContext(l.t.Context(), "tcp", l.proxy.addr())
	require.NoError(l.t, err)
	l.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(l.t, conn.SetDeadline(time.Now().Add(patience)))
	l.conn = conn
}

func (l *link) send(b byte) {
	l.t.Helper()

	_, err := l.conn.Write([]byte{b})
	require.NoError(l.t, err)
}

func (l *link) receive(b byte) {
	l.t.Helper()

	back := make([]byte, 1)
	_, err := io.ReadFull(l.conn, back)
	require.NoError(l.t, err)
	require.Equal(l.t, b, back[0])
}

func (l *link) answered(b byte) {
	l.t.Helper()
	l.send(b)
	l.receive(b)
}

func (l *link) cutOff() {
	l.t.Helper()

	_, err := l.conn.Read(make([]byte, 1))
	require.Error(l.t, err)
	require.NotErrorIs(l.t, err, io.EOF, "a farewell would be an end in good order")
	require.NotErrorIs(l.t, err, os.ErrDeadlineExceeded)
}

// refused requires that a new connection ends, which may be before the dialer has seen it begin.
func refused(t *testing.T, p *proxy) {
	t.Helper()

	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.addr())
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
		require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))

		_, err = conn.Read(make([]byte, 1))
	}

	require.ErrorIs(t, err, syscall.ECONNRESET)
}

func TestProxy(t *testing.T) {
	t.Parallel()

	for name, harm := range map[string]func(l *link){
		"a reset ends what is open and lets new connections in": func(l *link) {
			l.proxy.reset()
			l.cutOff()
			l.dial()
			l.answered('b')
		},
		"refusing ends what is open and what comes, until it is lifted": func(l *link) {
			l.proxy.set(refuse)
			l.cutOff()
			refused(l.t, l.proxy)
			l.proxy.set(pass)
			l.dial()
			l.answered('b')
		},
		"a stall holds bytes back and loses none": func(l *link) {
			l.proxy.set(stall)
			l.send('b')
			require.Empty(l.t, l.got)
			l.proxy.set(pass)
			l.receive('b')
		},
		"a stalled connection can be reset": func(l *link) {
			l.proxy.set(stall)
			l.send('b')
			l.proxy.reset()
			l.cutOff()
		},
		"of a deaf link the request arrives and the answer does not": func(l *link) {
			l.proxy.set(deaf)
			l.send('b')
			require.Equal(l.t, byte('b'), <-l.got)
			l.cutOff()
		},
		"a slow link takes its time both ways": func(l *link) {
			l.proxy.set(slow)

			started := time.Now()

			l.answered('b')
			require.GreaterOrEqual(l.t, time.Since(started), 2*slowness)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harm(newLink(t))
		})
	}
}

func TestAProxyWithoutItsTargetCutsTheConnection(t *testing.T) {
	t.Parallel()

	p, err := newProxy(t.Context(), func() string { return loopback + ":1" })
	require.NoError(t, err)
	t.Cleanup(p.close)

	refused(t, p)
}
