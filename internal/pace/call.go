package pace

import (
	"context"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
)

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

// Call has a place among the calls that run at once. Several calls of one attempt may follow each other in one place.
type Call struct {
	pacer  *Pacer
	permit adaptivelimiter.Permit // nil for none
	end    func(worked bool)      // of the one that runs, nil for none
	waited bool                   // between two calls, so that how long the place was taken says nothing about the API
}

// Call waits until one more call may run, which is the time of a token where there is a rate. When the context ends first,
// there is a Call all the same, without a place: the call will fail by itself.
func (p *Pacer) Call(ctx context.Context) *Call {
	for {
		// The token comes first: the limiter takes the time from permit to result for that of a call.
		notAfter, err := p.Spend(ctx)
		if err != nil {
			return &Call{}
		}

		permit, err := p.limiter.AcquirePermit(ctx)
		if err != nil {
			return &Call{}
		}

		if notAfter.IsZero() || !time.Now().After(notAfter) {
			return &Call{pacer: p, permit: permit, end: p.Meter.Begin()}
		}

		permit.Drop() // it came when the token was lost
	}
}

// Answered says that the call that runs has been worked on, and that another follows in its place.
func (c *Call) Answered() {
	if c == nil || c.end == nil {
		return
	}

	c.end(true)
	c.end = nil
	c.pacer.breaker.record(false)
}

// Next waits for the time of another call in the place.
func (c *Call) Next(ctx context.Context) error {
	began := time.Now()

	if _, err := c.pacer.Spend(ctx); err != nil {
		return err
	}

	c.waited = c.waited || time.Since(began) > noWait
	c.end = c.pacer.Meter.Begin()

	return nil
}

// noWait is within what the measured time of a call may be off.
const noWait = 5 * time.Millisecond

// End gives the place back. The result is that of the call that runs.
func (c *Call) End(result Result) {
	if c == nil || c.permit == nil {
		return
	}

	if result == Succeeded && !c.waited {
		c.permit.Record()
	} else {
		c.permit.Drop() // how long a failure takes says nothing about how much the API can take
	}

	c.permit = nil

	if c.end == nil {
		return
	}

	c.end(result == Succeeded)

	if result != Ignored {
		c.pacer.breaker.record(result == Failed)
	}
}
