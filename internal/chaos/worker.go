package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/fleet"
	"enroll.example/clicktopay/internal/settings"
)

// workerConfig is what `worker run` gets by its settings.
type workerConfig struct {
	Name     string      `json:"name"`
	API      string      `json:"api"`      // base URL
	Database string      `json:"database"` // URL
	NATS     []string    `json:"nats"`
	Keys     devkeys.Dir `json:"keys"`
}

// crashOrder, followed by a step, makes the worker kill itself when a job next reaches that step.
const crashOrder = "crash "

// runWorker is the process of a worker: the parts of `worker run`, with shorter times and a fault point.
func runWorker(config []byte) error {
	var c workerConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return fmt.Errorf("reading the worker's configuration: %w", err)
	}

	ctx, stop := context.WithCancel(context.Background())
	defer stop()

	var crashAt atomic.Pointer[enroll.Step]

	go func() {
		for order := range orders(os.Stdin) {
			if step, ok := strings.CutPrefix(order, crashOrder); ok {
				crashAt.Store((*enroll.Step)(&step))
			}
		}

		stop()
	}()

	return c.run(ctx, func(step enroll.Step) {
		if at := crashAt.Load(); at != nil && *at == step {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // cannot fail, and does not return
		}
	})
}

func (c workerConfig) run(ctx context.Context, reached func(enroll.Step)) error {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil)).With("worker", c.Name)

	api := c.Keys.API(c.API, callTimeout)
	worker := c.Keys.Worker(c.Name, inFlight, grace)

	apiKeys, errAPI := api.Keys(ctx)
	keys, errWorker := worker.Keys()

	if err := errors.Join(errAPI, errWorker); err != nil {
		return err
	}

	client, err := api.Client(apiKeys)
	if err != nil {
		return err
	}

	config, err := worker.Config(keys, streams(), logger)
	if err != nil {
		return err
	}

	config.Lease, config.HandBack, config.Reached = lease, handBack, reached

	ledger, err := settings.Database{DatabaseURL: c.Database}.Open(ctx, logger)
	if err != nil {
		return err
	}
	defer ledger.Close()

	queue := settings.NATS{NATSURL: strings.Join(c.NATS, ",")}

	js, disconnect, err := queue.Connect(c.Name, logger)
	if err != nil {
		return err
	}
	defer disconnect()

	member, err := fleet.Join(ctx, js, &config)
	if err != nil {
		return err
	}

	w, err := enroll.New(js, ledger, client, config)
	if err != nil {
		return err
	}

	leave := member.Keep(ctx, w)
	defer leave()

	if err := ready(); err != nil {
		return err
	}

	account, err := w.Run(ctx)
	logger.Info("stopped", "account", account.String(), "left", account.Left, "at", time.Now())

	return err
}

func streams() settings.Streams {
	return settings.Streams{Replicas: nodes, MaxQueueBytes: queueBytes, AckWait: ackWait}
}
