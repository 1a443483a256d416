package chaos

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/pkg/jobs"
)

// press offers jobs to the queue until each is accepted.
type press struct {
	publisher *jobs.Publisher
	sealer    *jobs.Sealer
	jobs      []Job // that bring a card
	group     errgroup.Group
	offered   int

	mu       sync.Mutex
	accepted []Job
}

func (h *harness) newPress() (*press, error) {
	key, err := jobs.LoadIntakePublicKey(h.keys.Path(devkeys.IntakePublicKey))
	if err != nil {
		return nil, err
	}

	sealer, err := jobs.NewSealer(key, nil)
	if err != nil {
		return nil, err
	}

	return &press{
		publisher: jobs.NewPublisher(h.js, jobs.PublisherOptions{}),
		sealer:    sealer,
		jobs:      drawJobs(h.options),
	}, nil
}

// offerUpTo offers jobs until n have been offered in all. It does not wait for their acceptance.
func (p *press) offerUpTo(ctx context.Context, n int) {
	for ; p.offered < n; p.offered++ {
		job := p.jobs[p.offered]
		p.group.Go(func() error { return p.offer(ctx, job) })
	}
}

// all is how many jobs there are with those that come after others.
func (p *press) all() (n int) {
	for _, job := range p.jobs {
		n++
		for _, stage := range job.After {
			n += len(stage)
		}
	}

	return n
}

// offer publishes one job. What the publisher gives up is offered again under the same id, as a sender with an outbox would.
func (p *press) offer(ctx context.Context, job Job) error {
	const again = 300 * time.Millisecond

	sealed, err := job.seal(p.sealer)
	if err != nil {
		return err
	}

	job.Offered = time.Now()

	for {
		_, err := p.publisher.Publish(ctx, sealed)
		if err == nil {
			break
		}

		if ctx.Err() != nil {
			return fmt.Errorf("offering %s: %w", job.ID, err)
		}

		wait(ctx, again)
	}

	p.mu.Lock()
	p.accepted = append(p.accepted, job)
	p.mu.Unlock()

	if !job.AtOnce {
		return nil
	}

	for _, follower := range job.After[0] {
		if err := p.offer(ctx, follower); err != nil {
			return err
		}
	}

	return nil
}
