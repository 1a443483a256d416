package workercli

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/health"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/pkg/store"
)

// monitor answers about the worker's health, from before it starts until the returned function is called, so also while it stops.
func (c *WorkerRun) monitor(
	ctx context.Context, js jetstream.JetStream, ledger *store.Store, worker *service.Service,
) (stop func(), err error) {
	config := &worker.Config

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
		Keys:       worker.Keys,
		Version:    cli.Version(),
		StuckAfter: longestJob(c.CallTimeout),
	})
	config.Observer, config.Inspected = monitor, monitor.Inspected
	worker.Swept, worker.Ended = monitor.Swept, monitor.Ended

	told := guard.After(ctx, monitor.Stopping)

	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	logger := config.Logger

	var tasks sync.WaitGroup

	tasks.Go(func() {
		if err := guard.Do(func() error { return monitor.Serve(ctx, listener, logger) }); err != nil {
			logger.Error("health and metrics are not served any more", "error", err)
		}
	})

	logger.Info("health and metrics", "url", "http://"+listener.Addr().String())

	return func() {
		told.Stop()
		cancel()
		tasks.Wait()
	}, nil
}

// longestJob is longer than any job takes: writing down the answer of its call is given up after a minute, and everything
// else has limits of seconds.
func longestJob(call time.Duration) time.Duration { return call + 2*time.Minute }
