// Package pace decides how fast the jobs of a program may go: whether any may be
// taken now (Gate), how many at once (Slots), how many a second (Tokens), and
// whether the API is so sick that it should be left alone (Breaker). A Pacer has
// one of each; every program has its own, so that one program's trouble is not another's.
package pace

import (
	"context"
	"sync"
	"time"
)

// Options of a Gate; the zero value waits by the real clock, probes a halt after
// 5 seconds and then at intervals that double up to 5 minutes, and a trip after
// 1 second and then up to 30.
type Options struct {
	FirstProbe, LongestProbe time.Duration
	FirstTrial, LongestTrial time.Duration
	Now                      func() time.Time
	After                    func(time.Duration) <-chan time.Time
}

const (
	defaultFirstProbe   = 5 * time.Second
	defaultLongestProbe = 5 * time.Minute
	defaultFirstTrial   = time.Second
	defaultLongestTrial = 30 * time.Second
)

// Gate stands before the queue. It is open, or cooling down because the API
// asked for a pause, or stopped: halted because the API refused our credentials,
// or tripped because nearly every call fails. A stopped gate lets one job through
// at growing intervals to see whether the cause is gone.
type Gate struct {
	options Options

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change, to wake those who wait
	coolTo  time.Time
	stop    *stop
}

// stop is why and since when nothing is let through but probes.
type stop struct {
	tripped  bool // else halted
	own      bool // halted for what this process lacks
	reason   string
	advice   string
	since    time.Time
	interval time.Duration
	longest  time.Duration
	probeAt  time.Time
	probing  bool
	again    bool // the next probe is due as soon as the one under way has ended
}

// State is what the gate tells about itself.
type State struct {
	// CoolingUntil is zero when no pause was asked for.
	CoolingUntil time.Time
	// Halted or Tripped says why no jobs are taken; both are empty when they are.
	Halted, Tripped string
	// Advice is what to do about a halt, where that is known.
	Advice string
	// Since and NextProbe are of the halt or the trip.
	Since, NextProbe time.Time
}

// Stopped reports whether only probes are let through.
func (s State) Stopped() bool { return s.Halted != "" || s.Tripped != "" }

// NewGate makes an open gate.
func NewGate(options Options) *Gate {
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{
		{&options.FirstProbe, defaultFirstProbe},
		{&options.LongestProbe, defaultLongestProbe},
		{&options.FirstTrial, defaultFirstTrial},
		{&options.LongestTrial, defaultLongestTrial},
	} {
		if *d.value <= 0 {
			*d.value = d.otherwise
		}
	}

	if options.Now == nil {
		options.Now = time.Now
	}

	if options.After == nil {
		options.After = time.After
	}

	return &Gate{options: options, changed: make(chan struct{})}
}

// Enter waits until jobs may be taken. When probe is true, just one may be, and
// the caller reports with Probed what came of it.
func (g *Gate) Enter(ctx context.Context) (probe bool, err error) {
	for {
		wait, probe, changed := g.look()
		if wait == 0 {
			return probe, nil
		}

		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-changed:
		case <-g.options.After(wait):
		}
	}
}

// look returns how long to wait at most, or zero when the way is free.
func (g *Gate) look() (wait time.Duration, probe bool, changed <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()

	now := g.options.Now()
	if wait := g.coolTo.Sub(now); wait > 0 {
		return wait, false, g.changed
	}

	switch {
	case g.stop == nil:
		return 0, false, nil
	case g.stop.probing:
		return g.stop.longest, false, g.changed
	case g.stop.probeAt.After(now):
		return g.stop.probeAt.Sub(now), false, g.changed
	default:
		g.stop.probing = true
		return 0, true, nil
	}
}

// Closed reports whether jobs may not be taken now, and for how long at least.
func (g *Gate) Closed() (atLeast time.Duration, closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	now := g.options.Now()
	atLeast = max(g.coolTo.Sub(now), 0)

	if g.stop != nil {
		atLeast = max(g.stop.probeAt.Sub(now), atLeast)
	}

	return atLeast, g.stop != nil || atLeast > 0
}

// CoolDown closes the gate for some time, and reports whether it would not have been
// closed for as long anyway: a later end replaces an earlier one, never the other way round.
func (g *Gate) CoolDown(d time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	until := g.options.Now().Add(d)
	if !until.After(g.coolTo) {
		return false
	}

	g.coolTo = until
	g.wake()

	return true
}

// EndCoolDown ends the pause that CoolDown began, and reports whether there was one. A stopped gate stays stopped.
func (g *Gate) EndCoolDown() bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	if !g.coolTo.After(g.options.Now()) {
		return false
	}

	g.coolTo = time.Time{}
	g.wake()

	return true
}

// State returns what the gate is doing now.
func (g *Gate) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()

	var state State
	if g.coolTo.After(g.options.Now()) {
		state.CoolingUntil = g.coolTo
	}

	if g.stop != nil {
		state.Since, state.NextProbe = g.stop.since, g.stop.probeAt

		if g.stop.tripped {
			state.Tripped = g.stop.reason
		} else {
			state.Halted, state.Advice = g.stop.reason, g.stop.advice
		}
	}

	return state
}

// ProbeNow brings the next probe of a stopped gate forward: what it stopped for may have been mended. It reports whether the
// gate was stopped. When a probe is under way, another follows it with the shortest interval.
func (g *Gate) ProbeNow() bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.stop == nil {
		return false
	}

	g.stop.interval = g.options.FirstProbe
	if g.stop.tripped {
		g.stop.interval = g.options.FirstTrial
	}

	if g.stop.probing {
		g.stop.again = true
	} else {
		g.stop.probeAt = g.options.Now()
	}

	g.wake()

	return true
}

func (g *Gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}
