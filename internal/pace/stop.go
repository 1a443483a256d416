package pace

import (
	"cmp"
	"time"
)

// Halt closes the gate until a probe succeeds. It reports whether the gate was
// not halted before, so that only the first of many calls that fail alike raises the alarm.
func (g *Gate) Halt(reason string) bool { return g.HaltAdvised(reason, "") }

// HaltAdvised is Halt with what an operator is to do about it.
func (g *Gate) HaltAdvised(reason, advice string) bool { return g.halt(reason, advice, false) }

// HaltOwn halts for what this process lacks or does wrong, before a call is made. It ends as soon as a job gets as far as
// its call, whatever comes of that, and with EndOwnHalt.
func (g *Gate) HaltOwn(reason, advice string) bool { return g.halt(reason, advice, true) }

func (g *Gate) halt(reason, advice string, own bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.stop != nil && !g.stop.tripped {
		g.stop.reason, g.stop.advice, g.stop.own = reason, advice, own
		return false
	}

	probing := g.stop != nil && g.stop.probing // whose job found out, and reports with Probed
	g.stop = &stop{
		reason: reason, advice: advice, own: own,
		interval: g.options.FirstProbe, longest: g.options.LongestProbe, probing: probing,
	}
	g.begin()

	return true
}

// EndOwnHalt ends a halt of HaltOwn, and reports whether there was one. It is for who knows that no job is left that the
// halt could be for: the next one would show it again.
func (g *Gate) EndOwnHalt() bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.stop == nil || !g.stop.own || g.stop.probing {
		return false
	}

	g.stop = nil
	g.wake()

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
	// ProbeAgain: the job met what the gate is stopped for, and another may not. The next comes after the same interval.
	ProbeAgain
	// ProbeUnanswered: a call was made, and nobody answered, or somebody else than the API. A trip goes on, with twice the
	// interval. So does a halt, with the same interval; one of HaltOwn becomes a trip.
	ProbeUnanswered
	// ProbeFailed: a call was made, and the API failed. A trip goes on, with twice the interval. A halt becomes a trip: it is
	// not what we send that is refused, and the API is looked at more often than refused credentials.
	ProbeFailed
	// ProbeFailedAgain: as ProbeFailed, with a job that has failed before, so that it tells less of the API: a trip goes on with
	// the same interval. Else the last jobs of a program, on which the API always fails, would be tried ever more seldom.
	ProbeFailedAgain
	// ProbePassed: the API took the call. The gate opens.
	ProbePassed
)

// Probed reports what came of a probe, and returns whether it has opened the gate.
func (g *Gate) Probed(result Probe) (opened bool) {
	opened, _ = g.probed(result, "")

	return opened
}

// probed reports whether the probe has opened the gate, or has made a trip of a halt, whose cause is last.
func (g *Gate) probed(result Probe, last string) (opened, tripped bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.stop == nil {
		return false, false
	}

	halted := !g.stop.tripped

	switch {
	case result == ProbePassed:
		g.stop = nil
	case result == ProbeIdle:
		g.rearm(min(g.stop.interval, g.options.FirstTrial))
	case halted && (result == ProbeFailed || result == ProbeFailedAgain || result == ProbeUnanswered && g.stop.own):
		g.stop = &stop{
			tripped: true, reason: "the call that was to end a halt failed: " + cmp.Or(last, "no answer"),
			interval: g.options.FirstTrial, longest: g.options.LongestTrial,
		}
		g.begin()

		return false, true
	case result == ProbeRefused || result != ProbeAgain && result != ProbeFailedAgain && !halted:
		g.stop.interval = min(2*g.stop.interval, g.stop.longest)
		g.rearm(g.stop.interval)
	default:
		g.rearm(g.stop.interval)
	}

	g.wake()

	return g.stop == nil, false
}

func (g *Gate) rearm(after time.Duration) {
	if g.stop.again {
		after = 0
	}

	g.stop.probing, g.stop.again = false, false
	g.stop.probeAt = g.options.Now().Add(after)
}
