package cli

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// Worker is the grammar of the command worker.
type Worker struct {
	Run     WorkerRun `cmd:"" help:"Take jobs from the queue and bring each to an outcome."`
	Demo    Demo      `cmd:"" help:"Run everything on this machine, embedded, with a sample file or your own."`
	Migrate Migrate   `cmd:"" help:"Create, update or take back the tables."`
	Keygen  Keygen    `cmd:"" help:"Make keys and settings for running against the sandbox."`
}

// WorkerRun is worker run.
type WorkerRun struct {
	settings.NATS     `embed:""`
	settings.Streams  `embed:""`
	settings.Database `embed:""`
	settings.API      `embed:""`
	settings.Worker   `embed:""`
	settings.Log      `embed:""`
}

// Run takes jobs until it is told to stop.
func (c *WorkerRun) Run(ctx context.Context, streams Streams) error {
	logger := c.Logger(streams.Err)

	// All that can be wrong without a server is looked at first, and told at once.
	config, errConfig := c.Config(c.Streams, c.CallTimeout, logger)
	client, errClient := c.Client(ctx)

	if err := settings.Faults(c.Database.Check(), errConfig, errClient); err != nil {
		return err
	}

	ledger, err := c.Open(ctx, logger)
	if err != nil {
		return err
	}
	defer ledger.Close()

	js, disconnect, err := c.Connect("enroll worker "+config.Name, logger)
	if err != nil {
		return err
	}
	defer disconnect()

	worker, err := enroll.New(js, ledger, client, config)
	if err != nil {
		return err
	}

	upkeep, stopUpkeep := context.WithCancel(ctx)

	var helpers sync.WaitGroup

	helpers.Go(func() { keepPartitions(upkeep, ledger, logger) })

	defer helpers.Wait()
	defer stopUpkeep()

	logger.Info("taking jobs", "worker", config.Name, "api", c.MastercardURL, "in_flight", c.InFlight)

	account, err := worker.Run(ctx)
	logger.Info("stopped", "account", account.String(), "left", account.Left)

	if err == nil && len(account.Left) > 0 {
		return fmt.Errorf("stopped before all jobs in flight had ended; they return to the queue by themselves: %v", account.Left)
	}

	return err
}

// keepPartitions makes the coming months' partitions of attempts once a day; opening the store has made the first.
func keepPartitions(ctx context.Context, ledger *store.Store, logger *slog.Logger) {
	const day = 24 * time.Hour

	ticker := time.NewTicker(day)
	defer ticker.Stop()

	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if err := ledger.EnsurePartitions(ctx, now); err != nil {
				logger.Warn("the partitions of attempts could not be made; rows go to the default one meanwhile", "error", err)
			}
		}
	}
}
