package fleet

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/pace"
)

// clockTicks is after how many ticks the server is asked for its time again.
const clockTicks = 10

// coolDowns has all workers keep a pause that the API asked one of them for. It takes up to
// two seconds to reach the others, which the API tells the same in the meantime.
type coolDowns struct {
	bucket *control.Bucket
	clock  *control.Clock
	by     string
	pacers map[string]*pace.Pacer
	logger *slog.Logger

	failing bool // of keep alone
	known   map[string]time.Time

	mu   sync.Mutex
	news map[string]time.Time // ends of pauses that the others do not know of, by program
	told chan struct{}
}

func newCoolDowns(
	bucket *control.Bucket, clock *control.Clock, by string, pacers map[string]*pace.Pacer, logger *slog.Logger,
) *coolDowns {
	return &coolDowns{
		bucket: bucket, clock: clock, by: by, pacers: pacers, logger: logger,
		known: map[string]time.Time{}, news: map[string]time.Time{}, told: make(chan struct{}, 1),
	}
}

// tell notes a pause for the others and returns at once.
func (c *coolDowns) tell(program string, pause time.Duration) {
	c.mu.Lock()
	c.news[program] = c.clock.Now().Add(pause)
	c.mu.Unlock()

	select {
	case c.told <- struct{}{}:
	default: // keep knows already that there is something
	}
}

// keep tells what there is to tell, and reads what the others have told at each tick, until the context ends.
func (c *coolDowns) keep(ctx context.Context, ticks <-chan time.Time) {
	for tick := 1; ; tick++ {
		select {
		case <-ctx.Done():
			return
		case <-c.told:
			c.note(ctx, c.publish(ctx))
			continue
		case <-ticks:
		}

		err := c.heed(ctx)
		if err == nil && tick%clockTicks == 0 {
			err = c.clock.Set(ctx)
		}

		c.note(ctx, err)
	}
}

func (c *coolDowns) note(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
		return
	case err != nil && !c.failing:
		c.logger.Warn("pauses that the API asks for are kept by this worker alone", "error", err)
	case err == nil && c.failing:
		c.logger.Info("pauses that the API asks for are kept by all workers again")
	}

	c.failing = err != nil
}

func (c *coolDowns) publish(ctx context.Context) error {
	c.mu.Lock()
	news := c.news
	c.news = map[string]time.Time{}
	c.mu.Unlock()

	var failed error

	for program, until := range news {
		if err := c.bucket.CoolDown(ctx, control.CoolDown{Program: program, Until: until, By: c.by}); err != nil {
			failed = err
		}
	}

	return failed
}

// heed keeps the pauses of others.
func (c *coolDowns) heed(ctx context.Context) error {
	all, err := c.bucket.CoolDowns(ctx)
	if err != nil {
		return err
	}

	for _, pause := range all {
		pacer, ours := c.pacers[pause.Program]
		left := pause.Until.Sub(c.clock.Now())

		if !ours || pause.By == c.by || left <= 0 || !pause.Until.After(c.known[pause.Program]) {
			continue
		}

		c.known[pause.Program] = pause.Until

		if pacer.CoolDown(left) {
			c.logger.Warn("cooling down with the other workers", "program", pause.Program, "by", pause.By, "pause", left)
		}
	}

	return nil
}
