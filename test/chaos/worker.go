package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/test/process"
)

// workerConfig is what `worker run` gets by its settings.
type workerConfig struct {
	Name     string      `json:"name"`
	API      string      `json:"api"`      // base URL
	Database string      `json:"database"` // URL
	NATS     []string    `json:"nats"`
	Keys     devkeys.Dir `json:"keys"`
	// Ahead is how far its clock is ahead of the machine's.
	Ahead time.Duration `json:"ahead"`
}

const workerRole = "worker"

// Child runs the part of the system that a harness has started this process for and returns its exit code. ok is false in any
// other process.
func Child() (code int, ok bool) {
	return process.Main(map[string]process.Role{process.NodeRole: process.RunNode, workerRole: runWorker})
}

// Orders to a worker.
const (
	crashOrder  = "crash "  // and a step: it kills itself when a job next reaches that
	clockOrder  = "clock "  // and a duration: how far its clock is ahead
	forgetOrder = "forget " // and a duration: it tells of the next job it has claimed, commits, announces nothing, and kills itself
)

// runWorker is the process of a worker: the parts of `worker run`, with shorter times and a fault point.
func runWorker(config []byte) error {
	var c workerConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return fmt.Errorf("reading the worker's configuration: %w", err)
	}

	ctx, stop := context.WithCancel(context.Background())
	defer stop()

	p := &puppet{}
	p.ahead.Store(int64(c.Ahead))

	go func() {
		for order := range process.Orders() {
			p.obey(order)
		}

		stop()
	}()

	return c.run(ctx, p)
}

func (c workerConfig) run(ctx context.Context, p *puppet) error {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil)).With("worker", c.Name)

	api := c.Keys.API(c.API, callTimeout)
	api.TokenConnectURL = strings.TrimSuffix(c.API, sandbox.BasePath) + sandbox.TokenConnectPath
	api.TokenConnectKeyFile, api.TokenConnectCipher, api.TokenConnectOAEP = c.Keys.Path(pushKey), "aes-128-cbc", "sha512"

	worker, err := service.Settings{
		API: api, Worker: c.Keys.Worker(c.Name, inFlight, grace), Streams: streams(),
	}.Load(ctx, logger)
	if err != nil {
		return err
	}

	config := &worker.Config
	config.Gate = pace.Options{FirstProbe: firstProbe, LongestProbe: longestProbe}
	config.Lease, config.HandBack, config.Reached, config.Now = lease, handBack, p.reached, p.now

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

	_, err = worker.Run(ctx, js, ledger, service.Options{Started: func(*enroll.Worker) error { return process.Ready() }})

	return err
}

func streams() settings.Streams {
	return settings.Streams{Replicas: nodes, MaxQueueBytes: queueBytes, AckWait: ackWait}
}
