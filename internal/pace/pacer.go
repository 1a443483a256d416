package pace

import (
	"math"
	"time"
)

// PacerOptions of one program. The zero value of each means what is said there.
type PacerOptions struct {
	Gate Options
	// Least and Most bound the jobs in flight; at least 1 each.
	Least, Most int
	// Rate is how many calls a second all workers may make together; zero for no limit.
	Rate float64
	// JobsPerCall is how many jobs may be in one call, default 1.
	JobsPerCall int
	// Allocator grants the calls of a Rate.
	Allocator Allocator
	// GuardWindow is how many answers the guard looks back on: see NewGuard.
	GuardWindow int
	// OnTrip, when set, is told that the API is sick, and why we think so.
	OnTrip func(reason string)
}

// Pacer says how fast the jobs of one program may go.
type Pacer struct {
	*Gate
	*Slots
	*Tokens

	// Guard looks for what no single answer shows.
	Guard *Guard
	// Meter counts what is done.
	Meter *Meter
	// Agreed is how many calls a second all workers may make together; zero for no limit.
	Agreed float64

	breaker *breaker
	onTrip  func(reason string)
}

// ahead is for how long a worker may hold jobs that wait for their turn at the rate.
const ahead = 2 * time.Second

// NewPacer makes a pacer whose gate is open.
func NewPacer(o PacerOptions) *Pacer {
	if o.Rate > 0 {
		// More would only wait in our hands; in the queue they wait for any worker.
		o.Most = min(o.Most, max(int(math.Ceil(o.Rate*ahead.Seconds()))*max(o.JobsPerCall, 1), shares))
	} else {
		o.Allocator = nil
	}

	p := &Pacer{Gate: NewGate(o.Gate), Slots: NewSlots(o.Least, o.Most), Tokens: NewTokens(o.Allocator)}
	p.Guard, p.Meter, p.Agreed = NewGuard(o.GuardWindow, o.Gate.Now), NewMeter(o.Gate.Now), o.Rate
	p.onTrip = o.OnTrip
	p.breaker = newBreaker(func(reason string) {
		if trouble := p.Guard.Trouble(); trouble.Calls > 0 {
			reason += ", the last with " + trouble.Reason
		}
		if p.Trip(reason) {
			p.tellTrip(reason)
		}
	})

	return p
}

// Probed reports what came of a probe, and returns whether it has opened the gate.
func (p *Pacer) Probed(result Probe) (opened bool) {
	opened, tripped := p.probed(result, p.Guard.Trouble().Reason)
	if opened {
		p.breaker.reset()
	}

	if tripped {
		p.tellTrip(p.State().Tripped)
	}

	return opened
}

func (p *Pacer) tellTrip(reason string) {
	if p.onTrip != nil {
		p.onTrip(reason)
	}
}
