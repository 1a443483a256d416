package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/process"
)

// lanes are those of the programs: new jobs and retries of each.
const lanes = 8

// laneOf returns where the consumer of a lane is.
func laneOf(lane int) (stream, consumer string) {
	program := [...]string{programSteady, programPatient, programBrief, programCareful}[lane/2]
	if lane%2 == 0 {
		return jobs.StreamJobs, jobs.ConsumerJobs(program)
	}

	return jobs.StreamRetry, jobs.ConsumerDue(program)
}

// makeAnew deletes a consumer and makes it again as it was, as an operator does who has heard that it helps. What it has
// delivered and not seen acknowledged comes again, as if for the first time.
func (h *harness) makeAnew(ctx context.Context, lane int) error {
	stream, name := laneOf(lane)

	var config jetstream.ConsumerConfig

	if err := persist(ctx, time.Minute, func() error {
		consumer, err := h.js.Consumer(ctx, stream, name)
		if err == nil {
			config = consumer.CachedInfo().Config
		}

		return err
	}); err != nil {
		return fmt.Errorf("looking at consumer %s: %w", name, err)
	}

	if err := persist(ctx, time.Minute, func() error {
		err := h.js.DeleteConsumer(ctx, stream, name)
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil // the answer to the try before was lost
		}

		return err
	}); err != nil {
		return fmt.Errorf("deleting consumer %s: %w", name, err)
	}

	if err := persist(ctx, time.Minute, func() error {
		_, err := h.js.CreateOrUpdateConsumer(ctx, stream, config)
		return err
	}); err != nil {
		return fmt.Errorf("making consumer %s: %w", name, err)
	}

	return nil
}

// forgetDies is the time from a delivery to the end of the worker. Most calls have been committed by then.
const forgetDies = 400 * time.Millisecond

// forget kills the node that leads the consumer just after a delivery, so that no other node has heard of it, and the worker
// when it has written down what came of it and told nobody.
func (h *harness) forget(ctx context.Context, f Fault) error {
	leader := h.leader(ctx, f.Node)
	worker := h.slots[f.Worker].current()

	select {
	case <-worker.Told: // of an order to an earlier fault
	default:
	}

	worker.Order(forgetOrder + forgetDies.String())

	select {
	case <-worker.Told:
		wait(ctx, f.After)
	case <-worker.Done:
	case <-ctx.Done():
	case <-time.After(crashPatience): // there is no job for it
		worker.Kill()
	}

	leader.Kill()
	wait(ctx, max(f.For, forgetDies))

	return leader.Start(ctx)
}

// leader is the node that leads the consumer that most jobs come by, or the one drawn where there is none now.
func (h *harness) leader(ctx context.Context, drawn int) *process.Node {
	const patience = 5 * time.Second

	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	if consumer, err := h.js.Consumer(ctx, jobs.StreamJobs, jobs.ConsumerJobs(programSteady)); err == nil {
		for _, n := range h.nodes {
			if cluster := consumer.CachedInfo().Cluster; cluster != nil && cluster.Leader == n.Config.Name {
				return n
			}
		}
	}

	return h.nodes[drawn]
}
