package pace

import (
	"context"
	"math"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
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

// Result is what a call tells about the API.
type Result int

// The results.
const (
	// Ignored: nothing, it was not made or answered before it was worked on.
	Ignored Result = iota
	// Succeeded: it was worked on, whatever the answer.
	Succeeded
	// Failed: the API failed, or did not answer.
	Failed
)

// Call waits until one more call may run, which is the time of a token where there is a rate, and returns what its
// end is told to. When the context ends first the function is there all the same: the call will fail by itself.
func (p *Pacer) Call(ctx context.Context) (ended func(Result)) {
	for {
		// The token comes first: the limiter takes the time from permit to result for that of a call.
		notAfter, err := p.Spend(ctx)
		if err != nil {
			return func(Result) {}
		}

		permit, err := p.limiter.AcquirePermit(ctx)
		if err != nil {
			return func(Result) {}
		}

		if notAfter.IsZero() || !time.Now().After(notAfter) {
			end := p.Meter.Begin()

			return func(result Result) {
				end(result == Succeeded)
				p.ended(permit, result)
			}
		}

		permit.Drop() // it came when the token was lost
	}
}

func (p *Pacer) ended(permit adaptivelimiter.Permit, result Result) {
	if result == Succeeded {
		permit.Record()
	} else {
		permit.Drop() // how long a failure takes says nothing about how much the API can take
	}

	if result != Ignored {
		p.breaker.record(result == Failed)
	}
}
