package console

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/guard"
)

// The limits of connections. An answer may take as long as two sources that are away, and no longer; a download sets its own.
const (
	headerTimeout = 5 * time.Second
	bodyTimeout   = 10 * time.Second
	replyTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second
	maxHeader     = 16 << 10
)

// Serve answers on a listener until the context ends, and then lets what is being answered come to its end. It closes the
// listener, and what the console has opened.
func (c *Console) Serve(ctx context.Context, listener net.Listener) error {
	if c.Certificate != nil {
		listener = tls.NewListener(listener, c.tls())
	}

	server := &http.Server{
		Handler:           c,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		WriteTimeout:      replyTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug),
	}

	stop := c.startBackground(ctx)
	defer stop()

	stopped := make(chan struct{})
	end := guard.After(ctx, func() {
		defer close(stopped)

		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()

		if server.Shutdown(ctx) != nil {
			_ = server.Close() // who still waits is told by the connection that ends
		}
	})
	defer end.Stop()

	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the console: %w", err)
	}

	<-stopped

	return nil
}

// tls shows each browser the certificate that is in use then.
func (c *Console) tls() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			pair := c.Certificate()

			return &pair, nil
		},
	}
}

// startBackground watches what the pages remember until the returned function is called.
func (c *Console) startBackground(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)

	var tasks sync.WaitGroup

	tasks.Go(func() {
		guard.Loop(ctx, c.Logger, "throughput", pulseEvery, func(ticks <-chan time.Time) { c.watchPulse(ctx, ticks) })
	})

	for _, one := range append(c.Reload, Reload{c.Gate.Users, usersEvery}) {
		tasks.Go(func() { c.watch(ctx, one) })
	}

	return func() {
		cancel()
		tasks.Wait()
		c.tasks.stop()
		c.ledger.close()
	}
}

// usersEvery is how often the users file is read.
const usersEvery = 5 * time.Second

// Reload is a file, or some, that may change (keyfile.Watched).
type Reload struct {
	Files interface {
		Reload(ctx context.Context) (changed bool, err error)
		String() string
	}
	Every time.Duration
}

// watch has files that have changed count. What is wrong leaves all as it was, and is said once.
func (c *Console) watch(ctx context.Context, one Reload) {
	name := one.Files.String()

	refused := ""

	guard.Loop(ctx, c.Logger, name, one.Every, func(ticks <-chan time.Time) {
		for guard.Tick(ctx, ticks) {
			changed, err := one.Files.Reload(ctx)

			switch {
			case err != nil && err.Error() != refused:
				refused = err.Error()
				c.Logger.Warn("a file cannot be used, and all stays as it was", "file", name, "error", err)
			case err == nil:
				refused = ""
			}

			if changed {
				c.Logger.Info("a file was read again", "file", name)
			}
		}
	})
}
