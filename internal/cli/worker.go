package cli

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/fleet"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// Worker is the grammar of the command worker.
type Worker struct {
	Versioned `embed:""`

	Run      WorkerRun `cmd:"" help:"Take jobs from the queue and bring each to an outcome."`
	Migrate  Migrate   `cmd:"" help:"Create, update or take back the tables."`
	Keys     Keys      `cmd:"" help:"List the keys that are loaded: purpose, kid, fingerprint, expiry."`
	Verdicts Verdicts  `cmd:"" help:"Print the table that decides what each answer of the API means."`

	Profiles Profiles `cmd:"" help:"List and show the profiles, which say how the API is called."`

	Completion Completion `cmd:"" help:"Print the script by which a shell completes this command."`
}

// WorkerRun is worker run.
type WorkerRun struct {
	settings.NATS     `embed:""`
	settings.Streams  `embed:""`
	settings.Database `embed:""`
	settings.API      `embed:""`
	settings.Worker   `embed:""`
	settings.Health   `embed:""`
	settings.Log      `embed:""`
}

// Run takes jobs until it is told to stop.
func (c *WorkerRun) Run(ctx context.Context, streams Streams) error {
	logger := c.Logger(streams.Err)

	// All that can be wrong without the queue or the database is looked at first, and told at once.
	service, err := c.load(ctx, logger)
	if err != nil {
		return err
	}

	ledger, err := c.Open(ctx, logger)
	if err != nil {
		return err
	}
	defer ledger.Close()

	js, disconnect, err := c.Connect("enroll worker "+service.config.Name, logger)
	if err != nil {
		return err
	}
	defer disconnect()

	member, err := fleet.Join(ctx, js, &service.config)
	if err != nil {
		return err
	}

	stopMonitor, err := c.monitor(ctx, js, ledger, &service)
	if err != nil {
		return err
	}
	defer stopMonitor()

	worker, err := enroll.New(js, ledger, service.client, service.config)
	if err != nil {
		return err
	}

	leave := member.Keep(ctx, worker)
	defer leave()

	stopUpkeep := service.upkeep(ctx, js, ledger, logger)
	defer stopUpkeep()

	logger.Info("taking jobs", "worker", service.config.Name, "api", c.BaseURL(), "in_flight", c.InFlight)

	account, err := worker.Run(ctx)
	logger.Info("stopped", "account", account.String(), "left", account.Left)

	if err == nil && len(account.Left) > 0 {
		return fmt.Errorf("stopped before all jobs in flight had ended; they return to the queue by themselves: %v", account.Left)
	}

	return err
}

// service is what a worker is made of before it has connections.
type service struct {
	client      *mastercard.Client
	config      enroll.Config
	files, urls []mastercard.Reloader
	keys        func() []mastercard.KeyInfo // those that may expire
	swept       func(enroll.Swept)          // set once there is somebody to tell, as is ended
	ended       func(store.Status)
}

func (c *WorkerRun) load(ctx context.Context, logger *slog.Logger) (service, error) {
	apiKeys, errAPIKeys := c.API.Keys(ctx)
	keys, errKeys := c.Worker.Keys()

	if err := settings.Faults(c.Database.Check(), errAPIKeys, errKeys, c.API.Check(), c.Worker.Check(),
		c.CheckQueue(), c.CheckStreams(), c.CheckListen()); err != nil {
		return service{}, err
	}

	if apiKeys.Stale != nil {
		logger.Warn("Mastercard's key set could not be fetched", "error", apiKeys.Stale)
	}

	client, errClient := c.Client(apiKeys)
	config, errConfig := c.Config(keys, c.Streams, logger)

	config.MaxCoolDown = c.MaxRetryAfter
	if errConfig == nil {
		config.Programs = ratedPrograms(c.BaseURL(), config.Programs, logger)
	}

	infos := func() []mastercard.KeyInfo {
		return []mastercard.KeyInfo{apiKeys.Signing.SigningKey().Info(), apiKeys.Encryption.EncryptionKey().Info()}
	}

	return service{
		client: client, config: config, files: append(apiKeys.Files, keys.Files()...), urls: apiKeys.URLs, keys: infos,
	}, settings.Faults(errClient, errConfig)
}

// How often a worker looks for newer keys.
const (
	filesEvery = 2 * time.Second
	urlsEvery  = time.Hour
)

// upkeep does beside the jobs what has to be done now and then, until the returned function is called.
func (s service) upkeep(ctx context.Context, js jetstream.JetStream, ledger *store.Store, logger *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)

	var tasks sync.WaitGroup

	every := func(interval time.Duration, task func(ticks <-chan time.Time)) {
		tasks.Go(func() { guard.Loop(ctx, logger, "upkeep", interval, task) })
	}

	every(filesEvery, func(ticks <-chan time.Time) { mastercard.WatchAnd(ctx, ticks, logger, s.probeNow, s.files...) })
	every(urlsEvery, func(ticks <-chan time.Time) { mastercard.WatchAnd(ctx, ticks, logger, s.probeNow, s.urls...) })
	sweeper := enroll.NewSweeper(js, ledger, enroll.SweepOptions{Logger: logger, Swept: s.swept, Ended: s.ended})

	every(sweepEvery, func(ticks <-chan time.Time) { sweeper.Run(ctx, ticks) })
	every(partitionsEvery, func(ticks <-chan time.Time) { keepPartitions(ctx, ticks, ledger, logger) })

	return func() {
		cancel()
		tasks.Wait()
	}
}

// probeNow has stopped programs try again at once: another key is in use, which may be what they stopped for.
func (s service) probeNow() {
	for name, pacer := range s.config.Pacers {
		if pacer.ProbeNow() {
			s.config.Logger.Info("a job is tried at once, as a key has been replaced", "program", name)
		}
	}
}

const (
	// sweepEvery is how often jobs are looked for whose message is gone. It takes two sweeps to give one up.
	sweepEvery      = time.Minute
	partitionsEvery = 24 * time.Hour
)

// keepPartitions makes the coming months' partitions of attempts; opening the store has made the first. It also deletes the
// counts at zero that were left.
func keepPartitions(ctx context.Context, ticks <-chan time.Time, ledger *store.Store, logger *slog.Logger) {
	for guard.Tick(ctx, ticks) {
		if err := ledger.EnsurePartitions(ctx, ledger.Now()); err != nil {
			logger.Warn("the partitions of attempts could not be made; rows go to the default one meanwhile", "error", err)
		}

		if _, err := ledger.TidyCounts(ctx); err != nil {
			logger.Warn("counts at zero could not be deleted; the next try is in a day", "error", err)
		}
	}
}
