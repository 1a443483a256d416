package enroll

import (
	"context"

	"enroll.example/clicktopay/internal/pace"
)

// refuses says whether no job may be taken any more: while the request for it was open, the worker may have been told to stop,
// the gate may have closed, or the program may have been paused. Then the job goes back untouched, uncharged.
func (l *lane) refuses(taking context.Context, probe bool) (decision, bool) {
	w := l.worker

	if taking.Err() != nil {
		return back(w.jittered(redeliverDelay)), true
	}

	if atLeast, closed := l.pacer.Closed(); closed && !probe {
		// None is asked for while the gate is closed, so one that is back early only waits. It must be there when the gate opens
		// before its time: an operator may lift a pause of hours.
		return back(min(atLeast, w.config.HandBack) + w.jittered(redeliverDelay)), true
	}

	if w.config.Pauses.Paused(l.Program) {
		return back(w.jittered(w.config.HandBack)), true
	}

	return decision{}, false
}

// permit is what a job needs to be sent: a seat among those that are sent at once, and a token of the program's rate. The zero
// value holds nothing.
type permit struct {
	pacer *pace.Pacer
	// seated and unspent: there is a seat, or a token, to give back.
	seated, unspent bool
}

// admit waits for a permit: for a seat, then for the job's turn at the program's rate. Then the job is looked at again. The turn
// comes last, as it has a time: a token that waited for a seat would be lost. When its turn does not come the job goes back, as
// it would else hold its slot for as long as no calls are granted, and the lane would seem to hang.
func (l *lane) admit(taking context.Context, probe bool) (p *permit, next decision, admitted bool) {
	turn, cancel := context.WithTimeout(taking, turnPatience*l.worker.config.HandBack)
	defer cancel()

	p = &permit{pacer: l.pacer}

	if l.pacer.AcquireSeat(turn) != nil {
		return p, l.later(taking, probe), false
	}

	p.seated = true

	if l.worker.config.Programs[l.Program].Lane == LaneBatch {
		next, refused := l.refuses(taking, probe)

		return p, next, !refused // the calls that it may lead to take their own
	}

	if l.pacer.Take(turn) != nil {
		return p, l.later(taking, probe), false
	}

	p.unspent = true
	next, refused := l.refuses(taking, probe)

	return p, next, !refused
}

// turnPatience is for how long a job waits for its turn, in pauses after which it would come again.
const turnPatience = 2

// later gives a job back whose turn did not come: soon, when that is because the worker was told to stop.
func (l *lane) later(taking context.Context, probe bool) decision {
	if next, refused := l.refuses(taking, probe); refused {
		return next
	}

	return back(l.worker.jittered(l.worker.config.HandBack))
}

// spend is called when the turn of a call is waited for, which takes the token.
func (p *permit) spend() {
	if p != nil {
		p.unspent = false
	}
}

// release gives back what was not used.
func (p *permit) release() {
	if p.unspent {
		p.pacer.Return()
	}

	if p.seated {
		p.pacer.ReleaseSeat()
	}

	p.seated, p.unspent = false, false
}
