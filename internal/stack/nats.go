package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// natsStart is how long a NATS server may take to be ready. It takes milliseconds on an empty directory; longer where it has
// streams to read.
const natsStart = 30 * time.Second

// NATSOptions say how a NATS server is run.
type NATSOptions struct {
	// Dir holds JetStream's files. It is created when missing; what an earlier server kept there is there again.
	Dir string
	// SyncAlways makes every acknowledged message safe from a power loss, at the price of a disk sync each.
	SyncAlways bool
	// Listen is the address that others may connect to, such as "127.0.0.1:0" (port 0: a free one).
	// Empty: only this process can connect.
	Listen string
	// Name is the server's name; "embedded" when empty.
	Name string
	// Authorization is text in the format of the server's configuration file that says who may do what; empty: everybody may
	// do everything.
	Authorization string
}

// NATS is a running NATS server with JetStream, in this process.
type NATS struct {
	server *server.Server
	lock   *fileLock
	listen bool
	stop   sync.Once
}

// StartNATS starts a server and returns when it takes connections. ctx bounds the start only; Stop ends the server.
// A directory that another server uses is refused: nats-server itself would not notice, and spoil it.
func StartNATS(ctx context.Context, o NATSOptions) (*NATS, error) {
	ctx, cancel := context.WithTimeout(ctx, natsStart)
	defer cancel()

	opts, err := o.server()
	if err != nil {
		return nil, err
	}

	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("creating the NATS directory: %w", err)
	}

	lock, err := tryLock(filepath.Join(o.Dir, "lock"))
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("a NATS server already runs on %s: stop it, or choose another directory", o.Dir)
	}

	if err != nil {
		return nil, fmt.Errorf("starting NATS on %s: %w", o.Dir, err)
	}

	s, err := server.NewServer(opts)
	if err != nil {
		lock.release()

		return nil, fmt.Errorf("starting NATS on %s: %w", o.Dir, err)
	}

	n := &NATS{server: s, lock: lock, listen: o.Listen != ""}
	log := newServerLog()
	s.SetLoggerV2(log, false, false, false)
	s.Start()

	if err := n.ready(ctx, log); err != nil {
		n.Stop()

		return nil, fmt.Errorf("starting NATS on %s: %w", o.Dir, err)
	}

	return n, nil
}

// server translates the options into nats-server's own.
func (o NATSOptions) server() (*server.Options, error) {
	if o.Dir == "" {
		return nil, errors.New("starting NATS: no directory given")
	}

	opts := &server.Options{
		ServerName: o.Name,
		JetStream:  true,
		StoreDir:   o.Dir,
		SyncAlways: o.SyncAlways,
		DontListen: true,
		NoSigs:     true, // signals are the program's, not the library's
	}
	if opts.ServerName == "" {
		opts.ServerName = "embedded"
	}

	if o.Authorization != "" {
		if err := opts.ProcessConfigString(o.Authorization); err != nil {
			return nil, fmt.Errorf("starting NATS: its authorization: %w", err)
		}
	}

	if o.Listen == "" {
		return opts, nil
	}

	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("starting NATS: listen address: %w (want HOST:PORT, such as 127.0.0.1:4222)", err)
	}

	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("starting NATS: listen address %q: the port is no number from 0 to 65535", o.Listen)
	}

	opts.DontListen, opts.Host, opts.Port = false, host, int(number)
	if number == 0 {
		opts.Port = server.RANDOM_PORT
	}

	return opts, nil
}

// ready waits until the server takes connections.
func (n *NATS) ready(ctx context.Context, log *serverLog) error {
	const step = 50 * time.Millisecond // nats-server offers a wait with a time limit, none with a context

	for !n.server.ReadyForConnections(step) {
		if err := log.fatal(); err != nil {
			return err
		}

		if err := ctx.Err(); err != nil {
			return fmt.Errorf("not ready: %w%s", err, log.tail())
		}
	}

	// Without JetStream (no disk space, an unreadable directory) the server still starts, and says so only in its log.
	if err := log.fatal(); err != nil {
		return err
	}

	if !n.server.JetStreamEnabled() {
		return fmt.Errorf("JetStream is not available%s", log.tail())
	}

	return ctx.Err()
}

// Connect connects within the process, without a socket.
func (n *NATS) Connect(opts ...nats.Option) (*nats.Conn, error) {
	// No URL: with an in-process server nats.go takes from it only whether to ask for TLS.
	nc, err := nats.Connect("", append(opts, nats.InProcessServer(n.server))...)
	if err != nil {
		return nil, fmt.Errorf("connecting to NATS in process: %w", err)
	}

	return nc, nil
}

// Dir is where JetStream's files are.
func (n *NATS) Dir() string { return n.server.StoreDir() }

// URL is where others connect to, empty when the server does not listen.
func (n *NATS) URL() string {
	if !n.listen {
		return ""
	}

	return n.server.ClientURL()
}

// Stop ends the server and waits for it. Connections are closed; what JetStream keeps stays in the directory. A second call
// does nothing.
func (n *NATS) Stop() {
	n.stop.Do(func() {
		n.server.Shutdown()
		n.server.WaitForShutdown()
		n.lock.release()
	})
}
