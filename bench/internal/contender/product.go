package contender

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/fleet"
	"enroll.example/clicktopay/internal/health"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/internal/tracing"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

const (
	callTimeout = 30 * time.Second
	grace       = 35 * time.Second
	// lookEvery is how often the worker is asked what it has done: reading one number.
	lookEvery = 5 * time.Millisecond
)

// product is the project's worker, put together as `worker run` does, with its metrics and its part in the fleet.
func product() Contender {
	return Contender{
		Name:    "product",
		Count:   "SELECT count(*) FROM enrollments WHERE status = 'enrolled'",
		prepare: prepareWorker(singleLane, acknowledged),
		Fill: func(ctx context.Context, s Setup, sealed []jobs.Job) error {
			if _, err := store.MigrateUp(ctx, s.Database); err != nil {
				return err
			}

			return fillQueue(ctx, s, sealed)
		},
	}
}

// prepareWorker puts the worker together. watch tells the tally what is done until its context ends.
func prepareWorker(
	change func(*enroll.Program), watch func(context.Context, *enroll.Worker, *store.Store, *tally),
) func(context.Context, Setup, *tally) (func(context.Context) error, error) {
	return func(ctx context.Context, s Setup, done *tally) (func(context.Context) error, error) {
		return s.worker(ctx, change, func(ctx context.Context, w *enroll.Worker, ledger *store.Store) { watch(ctx, w, ledger, done) })
	}
}

func singleLane(*enroll.Program) {}

func (s Setup) worker(
	ctx context.Context, change func(*enroll.Program), watch func(context.Context, *enroll.Worker, *store.Store),
) (func(context.Context) error, error) {
	service.TuneCollector(os.Getenv)

	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

	client, err := s.client(ctx)
	if err != nil {
		return nil, err
	}

	config, err := s.workerConfig(logger)
	if err != nil {
		return nil, err
	}

	for name, program := range config.Programs {
		change(&program)
		config.Programs[name] = program
	}

	ledger, err := settings.Database{DatabaseURL: s.Database}.Open(ctx, logger)
	if err != nil {
		return nil, err
	}

	js, disconnect, err := settings.NATS{NATSURL: s.NATS}.Connect("bench", logger)
	if err != nil {
		return nil, err
	}

	member, err := fleet.Join(ctx, js, &config)
	if err != nil {
		return nil, err
	}

	observe(js, ledger, &config)

	traces := tracing.Open(ctx, tracing.Options{Service: "bench", Version: "bench", Getenv: os.Getenv, Logger: logger})
	config.TracerProvider = traces.Provider()

	worker, err := enroll.New(js, ledger, client, config)
	if err != nil {
		return nil, err
	}

	return func(ctx context.Context) error {
		defer ledger.Close()
		defer disconnect()
		defer traces.Close(ctx)

		leave := member.Start(ctx, worker)
		defer leave()

		return workAndWatch(ctx, worker, func(ctx context.Context) { watch(ctx, worker, ledger) })
	}, nil
}

func (s Setup) workerConfig(logger *slog.Logger) (enroll.Config, error) {
	parts := s.Keys.Worker("bench", s.InFlight, grace)

	keys, err := parts.Keys()
	if err != nil {
		return enroll.Config{}, err
	}

	return parts.Config(keys, settings.Streams{Replicas: 1}, logger)
}

// observe has the metrics counted that `worker run` serves.
func observe(js jetstream.JetStream, ledger *store.Store, config *enroll.Config) {
	monitor := health.New(health.Config{
		Lanes:     config.Topology.Lanes(),
		Pacers:    config.Pacers,
		Connected: js.Conn().IsConnected,
		Ping:      ledger.Ping,
		Paused:    config.Pauses.Paused,
		Version:   "bench",
	})
	config.Observer, config.Inspected = monitor, monitor.Inspected
}

func workAndWatch(ctx context.Context, worker *enroll.Worker, watching func(context.Context)) error {
	var watch sync.WaitGroup

	ctx, stop := context.WithCancel(ctx)

	defer watch.Wait()
	defer stop()

	watch.Go(func() { watching(ctx) })

	summary, err := worker.Run(ctx)
	if len(summary.Left) > 0 {
		err = errors.Join(err, fmt.Errorf("%d jobs did not end in time", len(summary.Left)))
	}

	return err
}

// acknowledged takes each message that the worker has acknowledged for a job that is done.
func acknowledged(ctx context.Context, worker *enroll.Worker, _ *store.Store, done *tally) {
	every(ctx, lookEvery, func() { done.set(worker.Summary().Acknowledged) })
}

// every does something until the context ends.
func every(ctx context.Context, interval time.Duration, look func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()

	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			look()
		}
	}
}
