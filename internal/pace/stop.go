package pace

import "time"

// Halt closes the gate until a probe succeeds. It reports whether the gate was
// not halted before, so that only the first of many calls that fail alike raises the alarm.
func (g *Gate) Halt(reason string) bool { return g.HaltAdvised(reason, "") }

// HaltAdvised is Halt with what an operator is to do about it.
func (g *Gate) HaltAdvised(reason, advice string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.stop != nil && !g.stop.tripped {
		g.stop.reason, g.stop.advice = reason, advice
		return false
	}

	probing := g.stop != nil && g.stop.probing // whose job found out, and reports with Probed
	g.stop = &stop{reason: reason, advice: advice, interval: g.options.FirstProbe, longest: g.options.LongestProbe, probing: probing}
	g.begin()

	return true
}

// Trip closes the gate because the API is sick, until a probe finds it well. It
// reports whether the gate was not stopped before: a halt stays one.
func (g *Gate) Trip(reason string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.stop != nil {
		return false
	}

	g.stop = &stop{tripped: true, reason: reason, interval: g.options.FirstTrial, longest: g.options.LongestTrial}
	g.begin()

	return true
}

func (g *Gate) begin() {
	now := g.options.Now()
	g.stop.since, g.stop.probeAt = now, now.Add(g.stop.interval)
	g.wake()
}

// Probe is what became of the job that was let through a stopped gate.
type Probe int

// What can become of a probe.
const (
	// ProbeIdle: there was no job, or it ended without a call. The next comes soon: on another lane there may be one.
	ProbeIdle Probe = iota
	// ProbeRefused: our credentials were refused. The next comes after twice the interval.
	ProbeRefused
	// ProbeUnanswered: the API failed, or did not answer. A trip goes on, with twice the interval; of a halt it tells
	// nothing, and the next comes after the same interval.
	ProbeUnanswered
	// ProbePassed: the API took the call. The gate opens.
	ProbePassed
)

// Probed reports what came of a probe, and returns whether it has opened the gate.
func (g *Gate) Probed(result Probe) (opened bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.stop == nil {
		return false
	}

	switch {
	case result == ProbePassed:
		g.stop = nil
	case result == ProbeIdle:
		g.rearm(min(g.stop.interval, g.options.FirstTrial))
	case result == ProbeRefused || g.stop.tripped:
		g.stop.interval = min(2*g.stop.interval, g.stop.longest)
		g.rearm(g.stop.interval)
	default:
		g.rearm(g.stop.interval)
	}

	g.wake()

	return g.stop == nil
}

func (g *Gate) rearm(after time.Duration) {
	if g.stop.again {
		after = 0
	}

	g.stop.probing, g.stop.again = false, false
	g.stop.probeAt = g.options.Now().Add(after)
}
