package contender

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"golang.org/x/sync/errgroup"

	"enroll.example/clicktopay/pkg/jobs"
)

const (
	// riverCooldown is the pause between fetches. The default of 100 ms bounds throughput, as River's documentation says.
	riverCooldown = 5 * time.Millisecond
	// riverConnections are beside those of the rows: River listens on one and takes, completes and maintains on others.
	riverConnections = 8
	riverStop        = 20 * time.Second
)

// enrollArgs is a job as River keeps it: the same sealed message.
type enrollArgs struct {
	Message json.RawMessage `json:"message"`
}

func (enrollArgs) Kind() string { return "enroll" }

// riverQueue is River, which keeps its jobs in Postgres: no queue beside it.
func riverQueue() Contender {
	return Contender{Name: "River", Count: countOutcomes, Fill: fillRiver, prepare: prepareRiver}
}

func fillRiver(ctx context.Context, s Setup, sealed []jobs.Job) error {
	if err := s.makeOutcomes(ctx); err != nil {
		return err
	}

	pool, err := s.pool(ctx, riverConnections)
	if err != nil {
		return err
	}
	defer pool.Close()

	driver := riverpgxv5.New(pool)

	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return fmt.Errorf("making River's tables: %w", err)
	}

	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("making River's tables: %w", err)
	}

	client, err := river.NewClient(driver, &river.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("making River's client: %w", err)
	}

	for batch := range slices.Chunk(sealed, publishBatch) {
		many := make([]river.InsertManyParams, len(batch))
		for i, job := range batch {
			body, err := json.Marshal(job)
			if err != nil {
				return fmt.Errorf("writing job %s: %w", job.ID, err)
			}

			many[i].Args = enrollArgs{body}
		}

		if _, err := client.InsertManyFast(ctx, many); err != nil {
			return fmt.Errorf("inserting jobs: %w", err)
		}
	}

	return nil
}

func prepareRiver(ctx context.Context, s Setup, done *tally) (func(context.Context) error, error) {
	h, err := s.handler(ctx)
	if err != nil {
		return nil, err
	}

	pool, err := s.pool(ctx, riverConnections)
	if err != nil {
		return nil, err
	}

	client, err := riverClient(riverpgxv5.New(pool), h, s.InFlight)
	if err != nil {
		return nil, err
	}

	return func(ctx context.Context) error {
		defer h.rows.Close()
		defer pool.Close()

		return workRiver(ctx, client, s.Jobs, done)
	}, nil
}

func riverClient(driver *riverpgxv5.Driver, h *handler, inFlight int) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[enrollArgs]) error {
		return h.handle(ctx, job.Args.Message)
	}))

	client, err := river.NewClient(driver, &river.Config{
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: inFlight}},
		Workers:       workers,
		FetchCooldown: riverCooldown,
		Logger:        slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, fmt.Errorf("making River's client: %w", err)
	}

	return client, nil
}

// workRiver counts the jobs that River has marked as completed.
func workRiver(ctx context.Context, client *river.Client[pgx.Tx], count int, done *tally) error {
	events, unsubscribe := client.SubscribeConfig(&river.SubscribeConfig{
		Kinds: []river.EventKind{river.EventKindJobCompleted}, ChanSize: count,
	})

	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		unsubscribe()

		return fmt.Errorf("starting River: %w", err)
	}

	var group errgroup.Group

	group.Go(func() error {
		for range events {
			done.one()
		}

		return nil
	})

	<-ctx.Done()

	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), riverStop)
	defer cancel()

	err := client.Stop(stopping)

	unsubscribe()

	_ = group.Wait()

	if err != nil {
		return fmt.Errorf("stopping River: %w", err)
	}

	return nil
}
