package cli

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/health"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// depthsEvery is how often a worker reads the depth of the queue.
const depthsEvery = 15 * time.Second

// monitor answers about the worker's health, from before it starts until the returned function is called, so also while it stops.
func (c *WorkerRun) monitor(
	ctx context.Context, js jetstream.JetStream, ledger *store.Store, keys func() []mastercard.KeyInfo, config *enroll.Config,
) (stop func(), err error) {
	listener, err := c.Listen(ctx)
	if err != nil || listener == nil {
		return func() {}, err
	}

	monitor := health.New(health.Config{
		Lanes:      config.Topology.Lanes(),
		Pacers:     config.Pacers,
		Connected:  js.Conn().IsConnected,
		Ping:       ledger.Ping,
		Paused:     config.Pauses.Paused,
		Keys:       keys,
		Version:    version(),
		StuckAfter: longestJob(config.Lease),
	})
	config.Observer = monitor

	context.AfterFunc(ctx, monitor.Stopping)

	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	logger := config.Logger

	var tasks sync.WaitGroup

	tasks.Go(func() {
		if err := monitor.Serve(ctx, listener, logger); err != nil {
			logger.Error("health and metrics are not served any more", "error", err)
		}
	})
	tasks.Go(func() {
		ticker := time.NewTicker(depthsEvery)
		defer ticker.Stop()

		monitor.WatchQueue(ctx, js, ticker.C, logger)
	})

	logger.Info("health and metrics", "url", "http://"+listener.Addr().String())

	return func() {
		cancel()
		tasks.Wait()
	}, nil
}

// longestJob is longer than any job takes: the call ends well within the lease, writing its answer down is given up after
// another one, and everything else has limits of seconds.
func longestJob(lease time.Duration) time.Duration { return 2*lease + time.Minute }

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}

	return "unknown"
}
