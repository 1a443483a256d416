package service

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// How often a worker looks for newer keys.
const (
	filesEvery = 2 * time.Second
	urlsEvery  = time.Hour
)

// upkeep does beside the jobs what has to be done now and then, until the returned function is called.
func (s *Service) upkeep(ctx context.Context, js jetstream.JetStream, ledger *store.Store) (stop func()) {
	logger := s.Config.Logger
	ctx, cancel := context.WithCancel(ctx)

	var tasks sync.WaitGroup

	every := func(interval time.Duration, task func(ticks <-chan time.Time)) {
		tasks.Go(func() { guard.Loop(ctx, logger, "upkeep", interval, task) })
	}

	every(filesEvery, func(ticks <-chan time.Time) { mastercard.WatchAnd(ctx, ticks, logger, s.probeNow, s.files...) })
	every(urlsEvery, func(ticks <-chan time.Time) { mastercard.WatchAnd(ctx, ticks, logger, s.probeNow, s.urls...) })
	sweeper := enroll.NewSweeper(js, ledger, enroll.SweepOptions{Logger: logger, Swept: s.Swept, Ended: s.Ended})

	every(sweepEvery, func(ticks <-chan time.Time) { sweeper.Run(ctx, ticks) })
	every(partitionsEvery, func(ticks <-chan time.Time) { keepPartitions(ctx, ticks, ledger, logger) })

	every(rollUpEvery, func(ticks <-chan time.Time) { rollUp(ctx, ticks, ledger, logger) })

	return func() {
		cancel()
		tasks.Wait()
	}
}

// probeNow has stopped programs try again at once: another key is in use, which may be what they stopped for.
func (s *Service) probeNow() {
	for name, pacer := range s.Config.Pacers {
		if pacer.ProbeNow() {
			s.Config.Logger.Info("a job is tried at once, as a newer key has been loaded", "program", name)
		}
	}
}

const (
	// sweepEvery is how often jobs are looked for whose message is gone. It takes two sweeps to give one up.
	sweepEvery      = time.Minute
	partitionsEvery = 24 * time.Hour
	// rollUpEvery is how often ended jobs are counted by hour: what is not counted yet is counted by each who asks.
	rollUpEvery = 5 * time.Minute
)

// rollUp counts the jobs that have come to their end by hour. After an upgrade it begins with the first of all.
func rollUp(ctx context.Context, ticks <-chan time.Time, ledger *store.Store, logger *slog.Logger) {
	for guard.Tick(ctx, ticks) {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = ledger.RollUp(ctx); err != nil && ctx.Err() == nil {
				logger.Warn("ended jobs could not be counted by hour; the next try is in some minutes", "error", err)
			}
		}
	}
}

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
