package chaos

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// mode is what a proxy does with bytes and connections.
type mode int

const (
	pass   mode = iota
	stall       // bytes wait; connections stay open
	refuse      // connections are closed, new ones too
	slow        // each piece waits for slowness
	deaf        // the first byte that comes back resets the connection
)

const (
	slowness  = 150 * time.Millisecond
	pieceSize = 32 << 10
)

// proxy stands in a link and does harm to it. It is our own because the known ones keep their kinds of harm in a
// registry of the whole process and draw from a random source that cannot be seeded.
type proxy struct {
	listener net.Listener
	target   func() string

	mu      sync.Mutex
	mode    mode
	changed chan struct{} // closed and replaced when the mode changes
	pairs   map[*pair]struct{}
	work    sync.WaitGroup
}

// pair is a connection and its continuation.
type pair struct {
	client, server net.Conn
	gone           chan struct{}
	once           sync.Once
}

// newProxy listens on loopback. The target is asked for each connection.
func newProxy(ctx context.Context, target func() string) (*proxy, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a port for a proxy: %w", err)
	}

	p := &proxy{listener: listener, target: target, changed: make(chan struct{}), pairs: map[*pair]struct{}{}}
	p.work.Go(func() { p.accept(ctx) })

	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) accept(ctx context.Context) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}

		p.work.Go(func() { p.carry(ctx, client) })
	}
}

// carry joins a connection to the target until either end closes.
func (p *proxy) carry(ctx context.Context, client net.Conn) {
	server, err := new(net.Dialer).DialContext(ctx, "tcp", p.target())
	if err != nil {
		reset(client)
		return
	}

	c := &pair{client: client, server: server, gone: make(chan struct{})}
	defer c.close()

	p.mu.Lock()
	refused := p.mode == refuse
	p.pairs[c] = struct{}{}
	p.mu.Unlock()

	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.pairs, c)
	}()

	if refused {
		return
	}

	var back sync.WaitGroup
	back.Go(func() { p.pump(c, client, server, true) })
	p.pump(c, server, client, false)
	back.Wait()
}

// pump moves bytes one way as the mode of the moment allows.
func (p *proxy) pump(c *pair, to, from net.Conn, back bool) {
	defer c.close()

	piece := make([]byte, pieceSize)

	for {
		n, err := from.Read(piece)
		if n > 0 {
			if !p.admit(c, back) {
				return
			}

			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}

		if err != nil {
			return
		}
	}
}

// admit waits until a piece may go on; false when its connection is to end.
func (p *proxy) admit(c *pair, back bool) bool {
	for {
		p.mu.Lock()
		mode, changed := p.mode, p.changed
		p.mu.Unlock()

		switch mode {
		case refuse:
			return false
		case deaf:
			return !back
		case slow:
			select {
			case <-c.gone:
				return false
			case <-time.After(slowness):
				return true
			}
		case stall:
			select {
			case <-c.gone:
				return false
			case <-changed:
			}
		default:
			return true
		}
	}
}

// set changes the mode, for connections that are open too.
func (p *proxy) set(m mode) {
	p.mu.Lock()
	p.mode = m
	close(p.changed)
	p.changed = make(chan struct{})
	p.mu.Unlock()

	if m == refuse {
		p.reset()
	}
}

// reset ends all connections without a farewell.
func (p *proxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()

	for c := range p.pairs {
		c.close()
	}
}

// close ends the proxy and waits for it.
func (p *proxy) close() {
	_ = p.listener.Close() // nobody is left to tell
	p.reset()
	p.work.Wait()
}

func (c *pair) close() {
	c.once.Do(func() {
		close(c.gone)
		reset(c.client)
		reset(c.server)
	})
}

// reset closes a connection so that the other end gets an error and not an end of file.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}

	_ = c.Close()
}
