// Package workercli holds the commands of the program worker. They are not in internal/cli, so that submit does not link them.
package workercli

import (
	"context"
	"fmt"
	"os"
	"time"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/internal/tracing"
)

// Description is what the program does, for its help and its man page.
const Description = "Workers of the Click to Pay enrollment queue."

// Worker is the grammar of the command worker.
type Worker struct {
	cli.Versioned `embed:""`

	Run      WorkerRun `cmd:"" help:"Take jobs from the queue and bring each to an outcome."`
	Migrate  Migrate   `cmd:"" help:"Create, update or take back the tables."`
	Keys     Keys      `cmd:"" help:"List the keys that are loaded: purpose, kid, fingerprint, expiry."`
	Card     Card      `cmd:"" help:"Ask Mastercard what it holds of the card of a job, and show it beside the job's row."`
	FindCard FindCard  `cmd:"" name:"find-card" help:"Find the jobs of a card by its number, which is typed without being shown, or read from standard input."`
	Verdicts Verdicts  `cmd:"" help:"Print the table that decides what each answer of the API means."`

	Profiles Profiles `cmd:"" help:"List and show the profiles, which say how the API is called."`
	Doctor   Doctor   `cmd:"" help:"Prove the installation: settings, keys, the API, the queue, the database. No job is touched."`
	Streams  Streams  `cmd:"" help:"Compare the queue's streams with the settings, and change them."`
	Purge    Purge    `cmd:"" help:"Delete what is kept of jobs that have ended: by age, batch or consumer; or prove what is left."`
	Grants   Grants   `cmd:"" help:"Print the rights that each program needs at Postgres and at the queue."`
	Console  Console  `cmd:"" help:"Show operators in a browser how everything stands, and let them act."`

	Completion cli.Completion `cmd:"" help:"Print the script by which a shell completes this command."`
}

// WorkerRun is worker run.
type WorkerRun struct {
	settings.NATS     `embed:""`
	settings.Streams  `embed:""`
	settings.Database `embed:""`
	service.API       `embed:""`
	service.Worker    `embed:""`
	settings.Health   `embed:""`
	settings.Log      `embed:""`
}

// Run takes jobs until it is told to stop.
func (c *WorkerRun) Run(ctx context.Context, streams cli.Streams) error {
	service.TuneCollector(os.Getenv)

	logger := c.Logger(streams.Err)
	parts := service.Settings{API: c.API, Worker: c.Worker, Streams: c.Streams}

	made, err := parts.Load(ctx, logger, c.Database.Check(), c.CheckQueue(), c.CheckListen(), parts.Check())
	if err != nil {
		return err
	}

	ledger, err := c.Open(ctx, logger)
	if err != nil {
		return err
	}
	defer ledger.Close()

	if err := (doctor.Database{URL: c.Address(), Role: grants.Worker, Now: time.Now}).Fatal(ctx); err != nil {
		return err
	}

	traces := tracing.Open(ctx, tracing.Options{Service: "enroll-worker", Version: cli.Version(), Getenv: os.Getenv, Logger: logger})
	defer traces.Close(ctx)

	made.Config.TracerProvider = traces.Provider()
	name := made.Config.Name

	js, disconnect, err := c.Connect("enroll worker "+name, logger)
	if err != nil {
		return err
	}
	defer disconnect()

	summary, err := made.Run(ctx, js, ledger, service.Options{
		Upkeep:  true,
		Observe: func() (func(), error) { return c.monitor(ctx, js, ledger, made) },
		Started: func(*enroll.Worker) error {
			logger.Info("taking jobs", "worker", name, "api", c.BaseURL(), "in_flight", c.InFlight)

			return nil
		},
	})

	if err == nil && len(summary.Left) > 0 {
		return fmt.Errorf("stopped before all jobs in flight had ended; they return to the queue by themselves: %v", summary.Left)
	}

	return err
}
