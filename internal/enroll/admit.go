package enroll

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// turn works on a message, unless no job may be taken any more: while the request for it was open, the worker may have
// been told to stop, the gate may have closed, or the program may have been paused. Then it goes back untouched, uncharged.
func (l *lane) turn(taking, work context.Context, msg jetstream.Msg, probe bool) disposal {
	if ended, admitted := l.admit(taking, probe); !admitted {
		return ended
	}

	seated := false

	defer func() {
		if seated {
			l.pacer.Rise()
		}
	}()

	return l.worker.handle(work, msg, probe, func() (ended disposal, admitted bool) { return l.ration(taking, probe, &seated) })
}

// admit says whether a job may go on.
func (l *lane) admit(taking context.Context, probe bool) (disposal, bool) {
	w := l.worker

	if taking.Err() != nil {
		return back(w.jittered(shortly)), false
	}

	if atLeast, closed := l.pacer.Closed(); closed && !probe {
		// None is asked for while the gate is closed, so one that is back early only waits. It must be there when the gate opens
		// before its time: an operator may lift a pause of hours.
		return back(min(atLeast, w.config.HandBack) + w.jittered(shortly)), false
	}

	if w.config.Pauses.Paused(l.Program) {
		return back(w.jittered(w.config.HandBack)), false
	}

	return disposal{}, true
}

// ration is what a job passes before it is claimed: it waits for a seat among those that are sent, then for its turn at the
// program's rate, and is looked at again after that. The turn comes last, as it has a time: a token that waited for a seat
// would be lost. When its turn does not come the job goes back, as it would else hold its slot for as long as no calls are
// granted, and the lane would seem to hang. seated is set as soon as there is a seat to give back.
func (l *lane) ration(taking context.Context, probe bool, seated *bool) (ended disposal, admitted bool) {
	turn, cancel := context.WithTimeout(taking, turnPatience*l.worker.config.HandBack)
	defer cancel()

	if l.pacer.Sit(turn) != nil {
		return l.later(taking, probe), false
	}

	*seated = true

	if l.pacer.Take(turn) != nil {
		return l.later(taking, probe), false
	}

	if ended, admitted = l.admit(taking, probe); !admitted {
		l.pacer.Return()
	}

	return ended, admitted
}

// turnPatience is for how long a job waits for its turn, in pauses after which it would come again.
const turnPatience = 2

// later gives a job back whose turn did not come: soon, when that is because the worker was told to stop.
func (l *lane) later(taking context.Context, probe bool) disposal {
	if ended, admitted := l.admit(taking, probe); !admitted {
		return ended
	}

	return back(l.worker.jittered(l.worker.config.HandBack))
}
