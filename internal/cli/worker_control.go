package cli

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

// contact is what keeps a worker in touch with operators.
type contact struct {
	bucket  *control.Bucket
	pauses  *control.Pauses
	gate    *pace.Gate
	started time.Time
	logger  *slog.Logger
}

// makeContact reads what is paused before any job is taken, and has the worker heed it.
func makeContact(ctx context.Context, js jetstream.JetStream, config *enroll.Config) (*contact, error) {
	bucket := control.New(js)
	ensure := func(ctx context.Context) error {
		_, err := jobs.Ensure(ctx, js, config.Topology)
		return err
	}

	c := &contact{
		bucket:  bucket,
		pauses:  bucket.Follow(ensure, config.Logger),
		gate:    pace.NewGate(pace.Options{}),
		started: time.Now(),
		logger:  config.Logger,
	}
	config.Pauses, config.Gate = c.pauses, c.gate

	err := ensure(ctx) // the first worker of all makes the bucket, which is no news
	if err == nil {
		err = c.pauses.Refresh(ctx)
	}

	if err != nil && ctx.Err() == nil { // told to stop is no failure
		return nil, err
	}

	return c, nil
}

// keep follows the pauses and announces the worker until the returned function is called, so also while it stops.
func (c *contact) keep(ctx context.Context, worker *enroll.Worker, config enroll.Config) (stop func()) {
	stopping := ctx.Done()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	programs := slices.Sorted(maps.Keys(config.Programs))

	describe := func() control.Presence {
		account, state := worker.Account(), c.gate.State()
		presence := control.Presence{
			Worker: config.Name, Started: c.started, Programs: programs,
			InFlight: worker.InFlight(), Acknowledged: account.Acknowledged, HandedBack: account.HandedBack,
			CoolingUntil: state.CoolingUntil,
		}

		if state.Halted != "" {
			presence.Halt = &control.Halt{Reason: state.Halted, Since: state.HaltedSince, NextProbe: state.NextProbe}
		}

		select {
		case <-stopping:
			presence.Stopping = true
		default:
		}

		return presence
	}

	var tasks sync.WaitGroup

	tasks.Go(func() { ticking(func(ticks <-chan time.Time) { c.pauses.Keep(ctx, ticks) }) })
	tasks.Go(func() { ticking(func(ticks <-chan time.Time) { c.bucket.Announce(ctx, ticks, describe, c.logger) }) })

	return func() {
		cancel()
		tasks.Wait()
	}
}

func ticking(task func(ticks <-chan time.Time)) {
	ticker := time.NewTicker(control.TickInterval)
	defer ticker.Stop()

	task(ticker.C)
}
