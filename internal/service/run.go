package service

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/fleet"
	"enroll.example/clicktopay/pkg/store"
)

// Options of a run.
type Options struct {
	// Observe is called when the worker is one of the fleet and its configuration complete, and may set who observes it. The
	// function that it returns is called when the worker has stopped.
	Observe func() (stop func(), err error)
	// Upkeep has newer keys, jobs whose messages are gone, and partitions seen to.
	Upkeep bool
	// Started is called before the first job is taken.
	Started func(*enroll.Worker) error
}

// Run takes jobs until the context ends, and returns what was done with them.
func (s *Service) Run(ctx context.Context, js jetstream.JetStream, ledger *store.Store, o Options) (enroll.Summary, error) {
	member, err := fleet.Join(ctx, js, &s.Config)
	if err != nil {
		return enroll.Summary{}, err
	}

	if o.Observe != nil {
		stop, err := o.Observe()
		if err != nil {
			return enroll.Summary{}, err
		}
		defer stop()
	}

	worker, err := enroll.New(js, ledger, s.client, s.Config)
	if err != nil {
		return enroll.Summary{}, err
	}

	member.ShowKeys(s.keysShown)

	leave := member.Start(ctx, worker)
	defer leave()

	if o.Upkeep {
		stop := s.upkeep(ctx, js, ledger)
		defer stop()
	}

	if o.Started != nil {
		if err := o.Started(worker); err != nil {
			return enroll.Summary{}, err
		}
	}

	summary, err := worker.Run(ctx)
	s.Config.Logger.Info("stopped", "account", summary.String(), "left", summary.Left)

	return summary, err
}
