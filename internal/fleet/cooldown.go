package fleet

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/pace"
)

// coolDowns has all workers keep a pause that the API asked one of them for. It takes up to
// two seconds to reach the others, which the API tells the same in the meantime.
type coolDowns struct {
	bucket *control.Bucket
	clock  *control.Clock
	by     string
	pacers map[string]*pace.Pacer
	// longest bounds what is kept of a pause that another worker was told.
	longest time.Duration
	logger  *slog.Logger

	failing bool                 // of keep alone
	known   map[string]time.Time // of heed alone: ends of pauses that are kept, by program

	mu     sync.Mutex
	lifted map[string]uint64   // the last word of an operator, by program; nil before the first look
	news   map[string]newPause // pauses that the others do not know of, by program
	told   chan struct{}
}

// newPause is one that the API has asked for.
type newPause struct {
	until time.Time
	// lift is which word of an operator was known then.
	lift uint64
}

func newCoolDowns(
	bucket *control.Bucket, clock *control.Clock, by string, pacers map[string]*pace.Pacer,
	longest time.Duration, logger *slog.Logger,
) *coolDowns {
	return &coolDowns{
		bucket: bucket, clock: clock, by: by, pacers: pacers, longest: longest, logger: logger,
		known: map[string]time.Time{}, news: map[string]newPause{}, told: make(chan struct{}, 1),
	}
}

// share notes a pause for the others and returns at once.
func (c *coolDowns) share(program string, pause time.Duration) {
	c.mu.Lock()
	c.news[program] = newPause{until: c.clock.Now().Add(pause), lift: c.lifted[program]}
	c.mu.Unlock()

	c.wake()
}

func (c *coolDowns) wake() {
	select {
	case c.told <- struct{}{}:
	default: // keep knows already that there is something
	}
}

// run tells what there is to tell, and asks the server for its time at each tick, until the context ends.
func (c *coolDowns) run(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.told:
			c.logError(ctx, c.publish(ctx))
		case <-ticks:
			c.logError(ctx, c.clock.Set(ctx))
		}
	}
}

func (c *coolDowns) logError(ctx context.Context, err error) {
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
	c.news = map[string]newPause{}
	c.mu.Unlock()

	var failed error

	for program, pause := range news {
		word := control.CoolDown{Program: program, Until: pause.until, By: c.by, AfterLift: &pause.lift}
		if err := c.bucket.CoolDown(ctx, word); err != nil {
			failed = err

			c.republish(program, pause)
		}
	}

	return failed
}

// republish has a pause that could not be told be told at the next look.
func (c *coolDowns) republish(program string, pause newPause) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if pause.lift >= c.lifted[program] && pause.until.After(c.news[program].until) {
		c.news[program] = pause
	}
}

func (c *coolDowns) untold() bool {
	c.mu.Lock()
	defer c.mu.Unlock()

	return len(c.news) > 0
}

// apply keeps the pauses of others, and ends those that an operator has lifted. What was lifted before
// the first look is no pause of ours.
func (c *coolDowns) apply(words []control.CoolWord) {
	first := c.lifted == nil
	lifted := c.readLifts(words)

	for _, word := range words {
		pacer, ours := c.pacers[word.Program]
		if !ours {
			continue
		}

		if lifted[word.Program] && !first {
			c.end(pacer, word)
		}

		if word.Pause != nil {
			c.coolDown(pacer, *word.Pause)
		}
	}

	if c.untold() {
		c.wake()
	}
}

// readLifts notes what operators have said, and returns the programs of which they have since the last look.
func (c *coolDowns) readLifts(words []control.CoolWord) (lifted map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.lifted == nil {
		c.lifted = map[string]uint64{}
	}

	lifted = map[string]bool{}

	for _, word := range words {
		if word.Lift > c.lifted[word.Program] {
			c.lifted[word.Program] = word.Lift
			lifted[word.Program] = true
		}
	}

	return lifted
}

// end ends a program's pause, and forgets what was to be told of it.
func (c *coolDowns) end(pacer *pace.Pacer, word control.CoolWord) {
	delete(c.known, word.Program)

	c.mu.Lock()
	delete(c.news, word.Program)
	c.mu.Unlock()

	if pacer.EndCoolDown() {
		c.logger.Info("the pause that the API asked for was lifted by an operator", "program", word.Program, "by", word.By)
	}
}

func (c *coolDowns) coolDown(pacer *pace.Pacer, pause control.CoolDown) {
	left := pause.Until.Sub(c.clock.Now())
	if c.longest > 0 {
		left = min(left, c.longest)
	}

	if pause.By == c.by || left <= 0 || !pause.Until.After(c.known[pause.Program]) {
		return
	}

	c.known[pause.Program] = pause.Until

	begins := pacer.State().CoolingUntil.IsZero()
	if !pacer.CoolDown(left) {
		return
	}

	if begins {
		c.logger.Warn("cooling down with the other workers", "program", pause.Program, "by", pause.By, "pause", left)
	} else {
		c.logger.Debug("cooling down for longer", "program", pause.Program, "by", pause.By, "pause", left)
	}
}
