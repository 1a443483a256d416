package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	readyPoll    = 10 * time.Millisecond  // Postgres gives a sign of being ready only to those who connect
	readyDial    = time.Second            // for one attempt to connect
	startAgain   = 100 * time.Millisecond // before another try, where that can help
	startsAtMost = 50
)

// start makes the cluster where there is none, and runs the server on it until it answers.
func (p *Postgres) start(ctx context.Context, progress io.Writer) error {
	if _, err := os.Stat(p.cluster.data()); err != nil {
		_, _ = fmt.Fprintf(progress, "creating a Postgres database in %s\n", p.cluster.dir)
	}

	if err := p.cluster.prepare(ctx); err != nil {
		return err
	}

	if err := p.cluster.clearStale(ctx); err != nil {
		return err
	}

	for try := 1; ; try++ {
		err := p.launch(ctx)
		if err == nil || try == startsAtMost || !mayPass(err) || ctx.Err() != nil {
			return err
		}

		timer := time.NewTimer(startAgain)
		select {
		case <-ctx.Done():
			timer.Stop()

			return err
		case <-timer.C:
		}
	}
}

// exitError says that the server ended when it should not have.
type exitError struct {
	err error
	log string
}

func (e *exitError) Error() string {
	reason := "it ended"
	if e.err != nil {
		reason = "it ended: " + e.err.Error()
	}

	return reason + quoted(e.log)
}

func (e *exitError) Unwrap() error { return e.err }

func (p *Postgres) exitError() error {
	return &exitError{err: p.process.err, log: logTail(p.cluster.log(), p.logFrom)}
}

// mayPass tells the two failures that another try can cure: somebody took the port between our finding it free and
// Postgres' binding it; and the children of a server that was killed hold its shared memory for a moment longer.
func mayPass(err error) bool {
	var exit *exitError

	return errors.As(err, &exit) &&
		(strings.Contains(exit.log, "Address already in use") || strings.Contains(exit.log, "pre-existing shared memory block"))
}

// launch runs the server, and ends it again if it does not get ready.
func (p *Postgres) launch(ctx context.Context) error {
	var err error
	if p.port, err = freePort(ctx); err != nil {
		return fmt.Errorf("finding a free port: %w", err)
	}

	log, err := os.OpenFile(p.cluster.log(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening the Postgres log: %w", err)
	}
	defer func() { _ = log.Close() }() // the server has its own copy

	if p.logFrom, err = log.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("opening the Postgres log: %w", err)
	}

	// The server outlives ctx, which bounds only its start.
	cmd := p.cluster.command(context.WithoutCancel(ctx), p.cluster.data(), "postgres", p.cluster.serverArgs(p.port)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = p.cluster.identity.attributes(syscall.SIGINT)

	if p.process, err = startProcess(cmd); err != nil {
		return fmt.Errorf("%w (as %s, in %s)", err, p.cluster.identity, p.cluster.data())
	}

	if err := p.ready(ctx); err != nil {
		p.signal(syscall.SIGQUIT)

		select {
		case <-p.process.done:
		case <-time.After(postgresQuit):
			p.signal(syscall.SIGKILL)
			<-p.process.done
		}

		return err
	}

	return nil
}

// serverArgs keep the server on loopback, without the socket whose default directory only the distribution's own user may write.
func (c *cluster) serverArgs(port int) []string {
	args := []string{"-D", c.data(), "-p", strconv.Itoa(port)}

	settings := []string{
		"listen_addresses=127.0.0.1",
		"unix_socket_directories=",
		"logging_collector=off",
		"log_destination=stderr",
		"timezone=UTC",
		"log_timezone=UTC",
		"max_connections=200", // parallel tests open a pool each
	}
	if !c.durable {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}

	for _, s := range settings {
		args = append(args, "-c", s)
	}

	return args
}

// ready waits until the server answers, ends, or ctx does. Another server that took the port cannot pass for ours: it does
// not know the password.
func (p *Postgres) ready(ctx context.Context) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()

	for {
		err := ping(ctx, p.URL("postgres"))
		if err == nil {
			return nil
		}

		select {
		case <-p.process.done:
			return p.exitError()
		case <-ctx.Done():
			return fmt.Errorf("%w; last try to connect: %w%s", context.Cause(ctx), err, quoted(logTail(p.cluster.log(), p.logFrom)))
		case <-tick.C:
		}
	}
}

func ping(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, readyDial)
	defer cancel()

	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}

	return conn.Close(ctx)
}

func freePort(ctx context.Context) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()

	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("%s is no TCP address", l.Addr())
	}

	return addr.Port, nil
}
