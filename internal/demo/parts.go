package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/sandbox/authserver"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

const (
	callTimeout = 10 * time.Second
	grace       = 15 * time.Second
	stopTimeout = 30 * time.Second
	inFlight    = 64
	database    = "postgres"
)

// parts are the servers, the connections to them, and the files of one demo.
// They are closed in the opposite order of their opening.
type parts struct {
	dir      string
	keys     devkeys.Dir
	nats     *stack.NATS
	postgres *stack.Postgres
	store    *store.Store
	js       jetstream.JetStream
	sandbox  *sandbox.Sandbox
	address  string // of the sandbox
	log      *os.File
	logger   *slog.Logger
	closers  []func() error
}

func (p *parts) onClose(f func() error) { p.closers = append(p.closers, f) }

// close ends everything, whatever fails on the way.
func (p *parts) close() error {
	var errs []error
	for _, end := range slices.Backward(p.closers) {
		errs = append(errs, end())
	}

	return errors.Join(errs...)
}

// start opens all parts. What was opened before a failure is closed by close.
func (p *parts) start(ctx context.Context, o Options) error {
	log, err := os.OpenFile(filepath.Join(p.dir, "worker.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening the demo's log: %w", err)
	}

	p.log = log
	p.onClose(log.Close)
	p.logger = slog.New(slog.NewTextHandler(log, nil))

	p.keys = devkeys.Dir(filepath.Join(p.dir, "keys"))
	if _, err := p.keys.Make(sandbox.KeyID(o.Now())); err != nil {
		return err
	}

	if err := p.startServers(ctx, o); err != nil {
		return err
	}

	if err := p.startSandbox(ctx); err != nil {
		return err
	}

	return p.connect(ctx)
}

// startServers starts both servers side by side.
func (p *parts) startServers(ctx context.Context, o Options) error {
	bin, err := stack.FindBinaries(ctx, o.PostgresSource, o.Out)
	if err != nil {
		return err
	}

	// The start is bounded by ctx, the servers outlive the group.
	group, ctx := errgroup.WithContext(ctx)

	group.Go(func() error {
		var err error
		p.postgres, err = stack.StartPostgres(ctx, stack.PostgresOptions{
			Dir: filepath.Join(p.dir, "postgres"), Bin: bin, Durable: true, Progress: io.Discard,
		})

		return err
	})

	group.Go(func() error {
		listen := ""
		if o.Keep {
			listen = "127.0.0.1:0"
		}

		var err error
		p.nats, err = stack.StartNATS(ctx, stack.NATSOptions{
			Dir: filepath.Join(p.dir, "nats"), SyncAlways: true, Listen: listen, Name: "demo",
		})

		return err
	})

	err = group.Wait()

	if p.nats != nil {
		p.onClose(func() error { p.nats.Stop(); return nil })
	}

	if p.postgres != nil {
		p.onClose(func() error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()

			return p.postgres.Stop(ctx)
		})
	}

	return err
}

func (p *parts) startSandbox(ctx context.Context) error {
	options, err := p.keys.Sandbox()
	if err != nil {
		return err
	}

	p.sandbox, err = sandbox.New(options) //nolint:contextcheck,nolintlint // nothing that could be canceled; found now and then
	if err != nil {
		return err
	}

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("opening a port for the sandbox: %w", err)
	}

	p.address = listener.Addr().String()
	server := &http.Server{
		Handler:           p.sandbox,
		ReadHeaderTimeout: callTimeout,
		ErrorLog:          slog.NewLogLogger(p.logger.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)

	go func() { served <- server.Serve(listener) }()

	p.onClose(func() error {
		err := server.Close()
		if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}

		return err
	})

	return nil
}

// connect makes the tables, the connections and the streams.
func (p *parts) connect(ctx context.Context) error {
	if _, err := store.MigrateUp(ctx, p.postgres.URL(database)); err != nil {
		return err
	}

	ledger, err := store.Open(ctx, p.postgres.URL(database), store.Options{Logger: p.logger})
	if err != nil {
		return err
	}

	p.store = ledger
	p.onClose(func() error { ledger.Close(); return nil })

	nc, err := p.nats.Connect()
	if err != nil {
		return fmt.Errorf("connecting to the embedded queue: %w", err)
	}

	p.onClose(func() error { nc.Close(); return nil })

	p.js, err = jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("preparing JetStream: %w", err)
	}

	_, err = jobs.Ensure(ctx, p.js, jobs.Topology{})

	return err
}

// worker makes the worker from the same settings that `worker run` takes, pointed at the demo's files.
func (p *parts) worker(ctx context.Context, auth mastercard.Scheme) (*service.Service, error) {
	api := p.keys.API(p.baseURL(), callTimeout)
	if auth == mastercard.OAuth2 {
		api.Auth, api.OAuth2Scopes = string(auth), []string{authserver.DefaultScope}
	}

	connect, err := p.tokenConnect()
	if err != nil {
		return nil, err
	}

	api.TokenConnect = connect

	worker, err := service.Settings{API: api, Worker: p.keys.Worker("demo", inFlight, grace)}.Load(ctx, p.logger)
	if err != nil {
		return nil, err
	}

	pushing(worker.Config.Programs)

	return worker, nil
}

// sealer seals for the demo's intake key.
func (p *parts) sealer() (*jobs.Sealer, error) {
	key, err := jobs.LoadIntakePublicKey(p.keys.Path(devkeys.IntakePublicKey))
	if err != nil {
		return nil, err
	}

	return jobs.NewSealer(key, nil)
}
