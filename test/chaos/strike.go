package chaos

import (
	"context"
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/process"
)

// strike does the harm of one fault, waits, and lifts it. It returns when the target is as before.
func (h *harness) strike(ctx context.Context, f Fault) error {
	if err := h.inflict(ctx, f); err != nil {
		return fmt.Errorf("%s: %w", f, err)
	}

	return nil
}

func (h *harness) inflict(ctx context.Context, f Fault) error {
	switch f.Kind {
	case KindCrash:
		crash(ctx, h.slots[f.Worker].current(), f.Step)
	case KindKill:
		h.slots[f.Worker].current().Kill()
	case KindNode:
		h.nodes[f.Node].Kill()
		wait(ctx, f.For)

		return h.nodes[f.Node].Start(ctx)
	case KindNodeStop:
		h.nodes[f.Node].Stop()
		wait(ctx, f.For)

		return h.nodes[f.Node].Start(ctx)
	case KindPostgres:
		if err := h.database.crash(ctx); err != nil {
			return err
		}

		wait(ctx, f.For)

		return h.database.start(ctx)
	case KindReset:
		h.slots[f.Worker].each(f.Link, (*proxy).reset)
	case KindStall, KindRefuse, KindSlow, KindDeaf:
		modes := map[Kind]mode{KindStall: stall, KindRefuse: refuse, KindSlow: slow, KindDeaf: deaf}
		h.slots[f.Worker].each(f.Link, func(p *proxy) { p.set(modes[f.Kind]) })
		wait(ctx, f.For)
		h.slots[f.Worker].each(f.Link, func(p *proxy) { p.set(pass) })
	case KindStorm:
		h.api.storm.Store(int32(f.Status)) //nolint:gosec // three digits
		wait(ctx, f.For)
		h.api.storm.Store(0)
	case KindFull:
		return h.fill(ctx, f.For)
	case KindClock:
		return h.jump(ctx, f)
	case KindForget:
		return h.forget(ctx, f)
	case KindConsumer:
		return h.makeAnew(ctx, f.Lane)
	}

	return nil
}

// crashPatience is for a job to reach the step at which the worker is to die; when none does, it dies anyway.
const crashPatience = 10 * time.Second

func crash(ctx context.Context, c *process.Child, step enroll.Step) {
	c.Order(crashOrder + string(step))

	select {
	case <-c.Done:
		return
	case <-ctx.Done():
	case <-time.After(crashPatience):
	}

	c.Kill()
}

// fill lowers the limit of the queue to what nothing fits below. Discarding new, the stream keeps what it has.
func (h *harness) fill(ctx context.Context, d time.Duration) error {
	if err := h.limit(ctx, 1); err != nil {
		return err
	}

	wait(ctx, d)

	return h.limit(ctx, queueBytes)
}

func (h *harness) limit(ctx context.Context, bytes int64) error {
	config := streams().Topology().Streams()[0]
	config.MaxBytes = bytes

	if err := persist(ctx, time.Minute, func() error {
		_, err := h.js.UpdateStream(ctx, config)
		return err
	}); err != nil {
		return fmt.Errorf("changing the limit of %s: %w", jobs.StreamJobs, err)
	}

	return nil
}

// wait waits for a time, or for the end of the run.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
