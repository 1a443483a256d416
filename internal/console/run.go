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
func (c *Console) Serve(ctx context.Context, listener net.Listener, secure *tls.Config) error {
	if secure != nil {
		listener = tls.NewListener(listener, secure)
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

	stop := c.keep(ctx)
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

// keep watches what the pages remember until the returned function is called.
func (c *Console) keep(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)

	var tasks sync.WaitGroup

	tasks.Go(func() { c.watchPulse(ctx) })
	tasks.Go(func() { c.watchUsers(ctx) })

	return func() {
		cancel()
		tasks.Wait()
		c.tasks.stop()
		c.ledger.close()
	}
}

// usersEvery is how often the users file is read.
const usersEvery = 5 * time.Second

// watchUsers has a users file that has changed count. One that is wrong leaves the users as they were.
func (c *Console) watchUsers(ctx context.Context) {
	guard.Loop(ctx, c.Logger, "users", usersEvery, func(ticks <-chan time.Time) {
		for guard.Tick(ctx, ticks) {
			changed, err := c.Gate.Users.Reload(ctx)

			switch {
			case err != nil:
				c.Logger.Error("the users file cannot be used, and the users stay as they were", "error", err)
			case changed:
				c.Logger.Info("the users file was read again")
			}
		}
	})
}
