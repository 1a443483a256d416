package bulk

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/inorder"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/jobs"
)

// pipeline takes the rows of a file to the queue.
type pipeline struct {
	table       *columns.Reader
	rows        *rowSealer
	queue       Queue
	rejects     *rejects.File
	counts      *runCounts
	checkpoints *checkpointer
	rate        *rate.Limiter
	options     Options
	// register puts the rejects and lines of a chunk into the registry, before anything of the chunk is published.
	register func(context.Context, *sealedChunk) error
}

// run is the way of every row: read, sealed or rejected by rowSealer.seal, and then, some rows together and in the order of
// the file, what stands below. It returns when everything has been published, or after the first failure or an
// interruption when what was being published has ended.
func (p *pipeline) run(ctx context.Context) error {
	// What has been sent when an interruption comes can also be confirmed.
	publishing, stop := guard.Grace(ctx, p.options.Grace)
	defer stop()

	group, ctx := errgroup.WithContext(ctx)
	slots := semaphore.NewWeighted(int64(p.options.InFlight))

	deliver := func(ctx context.Context, c *sealedChunk) error {
		if err := p.writeRejects(c); err != nil {
			return err
		}

		if err := p.register(ctx, c); err != nil {
			return err
		}

		if err := p.rate.WaitN(ctx, len(c.jobs)); err != nil {
			return err
		}

		if err := slots.Acquire(ctx, 1); err != nil {
			return err
		}

		group.Go(guard.Func(func() error {
			defer slots.Release(1)

			receipt, err := p.publish(publishing, c)
			p.counts.addPublished(c, receipt, err)
			p.checkpoints.tick()

			return err
		}))

		return nil
	}

	group.Go(guard.Func(func() error {
		return inorder.Run(ctx, p.options.Sealers, inorder.Steps[*sealedChunk]{Read: p.read, Work: p.rows.sealChunk, Take: deliver})
	}))

	return group.Wait()
}

func (p *pipeline) read() (*sealedChunk, error) {
	c, err := p.table.ReadChunk(p.options.BatchSize)

	return &sealedChunk{Chunk: c}, err
}

// writeRejects adds the rejects of a chunk to the file of rejects, and counts its rows.
func (p *pipeline) writeRejects(c *sealedChunk) error {
	for _, r := range c.rejects {
		if err := p.rejects.Add(r); err != nil {
			return err
		}
	}

	var err error
	if c.rejectsAt, err = p.rejects.Flush(); err != nil {
		return err
	}

	p.counts.addRead(c)

	return nil
}

func (p *pipeline) publish(ctx context.Context, c *sealedChunk) (jobs.Receipt, error) {
	if len(c.jobs) == 0 {
		return jobs.Receipt{}, nil
	}

	receipt, err := p.queue.PublishBatch(ctx, c.jobs)
	if err != nil {
		return receipt, fmt.Errorf("rows %d to %d: %w", c.First, c.Last(), err)
	}

	return receipt, nil
}
