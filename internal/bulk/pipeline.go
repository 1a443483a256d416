package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/jobs"
)

// pipeline takes the rows of a table to the queue: one goroutine reads, some
// validate and seal, one puts the chunks back in order, writes the rejects and
// has the jobs published. What is between them is bounded, so memory is too.
type pipeline struct {
	table   *rowReader
	rows    *rowSealer
	queue   Queue
	rejects *rejectsFile
	account *runCounts
	keeper  *checkpointer
	rate    *rate.Limiter
	options Options
	// save puts what is known of a chunk before it is published where it outlives the run.
	save func(context.Context, *chunk) error
}

// run returns when everything has been published, or after the first failure
// or an interruption when what was in flight has come to an end.
func (p *pipeline) run(ctx context.Context) error {
	flight, land := p.publishContext(ctx)
	defer land()

	group, ctx := errgroup.WithContext(ctx)
	work := make(chan *chunk)
	order := make(chan *chunk, p.options.Sealers) // the same chunks, in the order of their rows

	group.Go(guard.Func(func() error {
		defer close(order)
		defer close(work)

		return p.read(ctx, work, order)
	}))

	for range p.options.Sealers {
		group.Go(guard.Func(func() error {
			for c := range work {
				c.seal(p.rows)
			}

			return nil
		}))
	}

	group.Go(guard.Func(func() error {
		slots := semaphore.NewWeighted(int64(p.options.InFlight))

		for c := range order {
			if err := p.collect(ctx, c); err != nil {
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

				return p.publish(flight, c)
			}))
		}

		return nil
	}))

	return group.Wait()
}

// publishContext is the context of publishing. It outlives an interruption by the
// grace, so that what has been sent can also be confirmed.
func (p *pipeline) publishContext(ctx context.Context) (context.Context, context.CancelFunc) {
	flight, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(p.options.Grace, cancel) })

	return flight, func() {
		stop()
		cancel()
	}
}

// read cuts the table into chunks.
func (p *pipeline) read(ctx context.Context, work, order chan<- *chunk) error {
	for {
		c, err := p.table.chunk(p.options.BatchSize)
		if errors.Is(err, io.EOF) {
			return nil
		}

		if err != nil {
			return err
		}

		for _, to := range []chan<- *chunk{order, work} {
			select {
			case to <- c:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// collect waits until a chunk is sealed and puts its rejects on file.
func (p *pipeline) collect(ctx context.Context, c *chunk) error {
	select {
	case <-c.sealed:
	case <-ctx.Done():
		return ctx.Err()
	}

	if c.err != nil {
		return c.err
	}

	for _, r := range c.rejects {
		if err := p.rejects.add(r); err != nil {
			return err
		}
	}

	var err error
	if c.rejectsAt, err = p.rejects.flush(); err != nil {
		return err
	}

	p.account.addRead(c)

	return p.save(ctx, c)
}

func (p *pipeline) publish(ctx context.Context, c *chunk) error {
	var (
		receipt jobs.Receipt
		err     error
	)

	if len(c.jobs) > 0 {
		receipt, err = p.queue.PublishBatch(ctx, c.jobs)
	}

	p.account.addPublished(c, receipt, err)
	p.keeper.tick()

	if err != nil {
		return fmt.Errorf("rows %d to %d: %w", c.first, c.last(), err)
	}

	return nil
}
