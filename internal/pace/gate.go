// Package pace decides whether a worker may take jobs now.
package pace

import (
	"context"
	"sync"
	"time"
)

// Options of a Gate; the zero value waits by the real clock and probes after
// 5 seconds, then at intervals that double up to 5 minutes.
type Options struct {
	FirstProbe, LongestProbe time.Duration
	Now                      func() time.Time
	After                    func(time.Duration) <-chan time.Time
}

const (
	defaultFirstProbe   = 5 * time.Second
	defaultLongestProbe = 5 * time.Minute
)

// Gate stands before the queue. It is open, or cooling down because the API
// asked for a pause, or halted because the API refused our credentials: then it
// lets one job through at growing intervals to see whether that has been mended.
type Gate struct {
	options Options

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change, to wake those who wait
	coolTo  time.Time
	halt    *halt
}

type halt struct {
	reason   string
	since    time.Time
	interval time.Duration
	probeAt  time.Time
	probing  bool
}

// State is what the gate tells about itself.
type State struct {
	// CoolingUntil is zero when no pause was asked for.
	CoolingUntil time.Time
	// Halted says why no jobs are taken; empty when they are.
	Halted      string
	HaltedSince time.Time
	NextProbe   time.Time
}

// NewGate makes an open gate.
func NewGate(options Options) *Gate {
	if options.FirstProbe <= 0 {
		options.FirstProbe = defaultFirstProbe
	}

	if options.LongestProbe <= 0 {
		options.LongestProbe = defaultLongestProbe
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
	case g.halt == nil:
		return 0, false, nil
	case g.halt.probing:
		return g.options.LongestProbe, false, g.changed
	case g.halt.probeAt.After(now):
		return g.halt.probeAt.Sub(now), false, g.changed
	default:
		g.halt.probing = true
		return 0, true, nil
	}
}

// Closed reports whether jobs may not be taken now, and for how long at least.
func (g *Gate) Closed() (atLeast time.Duration, closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	now := g.options.Now()
	atLeast = max(g.coolTo.Sub(now), 0)

	if g.halt != nil {
		atLeast = max(g.halt.probeAt.Sub(now), atLeast)
	}

	return atLeast, g.halt != nil || atLeast > 0
}

// CoolDown closes the gate for some time. A later end replaces an earlier one, never the other way round.
func (g *Gate) CoolDown(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()

	if until := g.options.Now().Add(d); until.After(g.coolTo) {
		g.coolTo = until
		g.wake()
	}
}

// Halt closes the gate until a probe succeeds. It reports whether the gate was
// not halted before, so that only the first of many calls that fail alike raises the alarm.
func (g *Gate) Halt(reason string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.halt != nil {
		g.halt.reason = reason
		return false
	}

	now := g.options.Now()
	g.halt = &halt{reason: reason, since: now, interval: g.options.FirstProbe, probeAt: now.Add(g.options.FirstProbe)}
	g.wake()

	return true
}

// Probe is what became of the job that was let through a halted gate.
type Probe int

// What can become of a probe.
const (
	// ProbeIdle: there was no job, or it ended without a call. The next comes after the same interval.
	ProbeIdle Probe = iota
	// ProbeFailed: halted again. The next comes after twice the interval.
	ProbeFailed
	// ProbePassed: the API took the call. The gate opens.
	ProbePassed
)

// Probed reports what came of a probe.
func (g *Gate) Probed(result Probe) {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.halt == nil {
		return
	}

	switch result {
	case ProbePassed:
		g.halt = nil
	case ProbeFailed:
		g.halt.interval = min(2*g.halt.interval, g.options.LongestProbe)
		g.rearm()
	case ProbeIdle:
		g.rearm()
	}

	g.wake()
}

func (g *Gate) rearm() {
	g.halt.probing = false
	g.halt.probeAt = g.options.Now().Add(g.halt.interval)
}

func (g *Gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// State returns what the gate is doing now.
func (g *Gate) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()

	var state State
	if g.coolTo.After(g.options.Now()) {
		state.CoolingUntil = g.coolTo
	}

	if g.halt != nil {
		state.Halted, state.HaltedSince, state.NextProbe = g.halt.reason, g.halt.since, g.halt.probeAt
	}

	return state
}
