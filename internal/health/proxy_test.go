package health_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy stands between a worker and a server, so that the server keeps its
// address when it is restarted at another one, and can fall silent.
type proxy struct {
	listener net.Listener

	mu     sync.Mutex
	target string
	silent chan struct{} // closed when it is not
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)

	p := &proxy{listener: listener, target: target, silent: make(chan struct{})}
	close(p.silent)

	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}

			go p.connect(t, client)
		}
	}()

	t.Cleanup(func() { require.NoError(t, listener.Close()) })

	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) leadTo(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.target = target
}

// fallSilent holds back whatever is sent, until the returned function is called.
func (p *proxy) fallSilent() (speak func()) {
	p.mu.Lock()
	defer p.mu.Unlock()

	silent := make(chan struct{})
	p.silent = silent

	return sync.OnceFunc(func() { close(silent) })
}

func (p *proxy) state() (target string, silent chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.target, p.silent
}

func (p *proxy) connect(t *testing.T, client net.Conn) {
	t.Helper()

	target, _ := p.state()

	server, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", target)
	if err != nil {
		_ = client.Close()
		return
	}

	go p.pass(t, server, client)
	p.pass(t, client, server)
}

func (p *proxy) pass(t *testing.T, to, from net.Conn) {
	t.Helper()

	defer func() {
		_ = to.Close()
		_ = from.Close()
	}()

	_, _ = io.Copy(writer(func(b []byte) (int, error) {
		_, silent := p.state()

		select {
		case <-silent:
			return to.Write(b)
		case <-t.Context().Done():
			return 0, t.Context().Err()
		}
	}), from)
}

type writer func(b []byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }
