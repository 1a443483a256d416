package enroll

import (
	"fmt"
	"sync"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// reasonMissingHMACKey is why a job cannot be compared with the row that has its id.
const reasonMissingHMACKey = "MISSING_HMAC_KEY"

// longestPostponement bounds the pause until a job is tried again that this worker could not read.
const longestPostponement = 5 * time.Minute

// workersFault reports whether a problem says more of the worker than of the job: another worker, or this one with another
// configuration, may have no problem with it.
func workersFault(reason jobs.Reason) bool { return reason == jobs.ReasonUnknownKid }

// decidePostponed keeps a job that this worker lacks something for. It is tried again later, by any worker, uncharged. It ends
// only when it is older than its program's max_age.
func (w *Worker) decidePostponed(r *reading) decision {
	next := ended(r, store.StatusInvalid, problemFailure(r.problem))
	next.end.Postpone = store.Postponement{
		MaxAge: time.Duration(r.program.MaxAge), Base: w.config.HandBack, Cap: max(longestPostponement, w.config.HandBack),
	}

	return next
}

// decideUncomparable keeps a job whose id has a row with which it cannot be compared: the key of the row's hashes is missing
// here, or the job's own intake key. It has no row of its own, so its age is that of its message, by the queue's clock alone.
func (w *Worker) decideUncomparable(r *reading, claim store.Claim) decision {
	if r.program.MaxAge > 0 && w.config.QueueNow().Sub(r.queuedAt) > time.Duration(r.program.MaxAge) {
		return w.decideConflict(r)
	}

	next := back(w.later(r))

	switch {
	case r.problem == nil:
		return next.lacking(reasonMissingHMACKey, fmt.Sprintf(
			"the id of the job was used before, and its hashes were made with the HMAC key %q, which this worker does not have: "+
				"give it that key beside the current one", claim.MissingKid))
	case workersFault(r.problem.Reason):
		return next.lacking(string(r.problem.Reason), r.problem.Message)
	default:
		return next
	}
}

// haltLacking halts the program at this worker for something that the worker needs and does not have.
func (w *Worker) haltLacking(r *reading, l lack) {
	program := r.program.Name

	const advice = "give this worker the key; until then jobs wait for other workers, and end only after the program's max_age"

	if w.faults.lacking(program) && w.config.Pacers[program].HaltAdvised(l.reason+": "+l.message, advice) {
		w.config.Logger.Error(
			"HALTED at this worker: it lacks what jobs of the program need; none is taken, none is charged, others go on",
			"program", program, "reason", l.reason, "message", l.message,
			"what_to_do", advice)
	} else if w.faults.first(program, l.reason+l.message) {
		w.config.Logger.Warn("a job waits for what this worker lacks",
			"job", r.record.ID, "program", program, "reason", l.reason, "message", l.message)
	}
}

// faults remembers, by program, how jobs have met what is the worker's fault and not theirs. The first job that needs what is
// missing halts the program. When a probe finds that other jobs can be worked on, the halt ends, and jobs that need what is
// missing are only postponed: a few of them, or a publisher with keys of its own, must not hold up the rest. When nothing else
// comes any more, the program is halted again. A panic halts only when one job after the other panics.
type faults struct {
	mu       sync.Mutex
	programs map[string]*fault
}

type fault struct {
	halted bool            // it was, for what is missing
	inRow  int             // jobs that needed it since one that did not
	panics int             // jobs that panicked since one was brought to its end
	told   map[string]bool // what was missing
}

const (
	// mostInRow is how many jobs may need what is missing, one after the other, before the program is halted again.
	mostInRow = 16
	// mostPanics is how many jobs may panic, one after the other, before the cause is taken to be the worker.
	mostPanics = 5
	// mostTold bounds what is remembered: kids are a publisher's to choose.
	mostTold = 100
)

func newFaults() *faults { return &faults{programs: make(map[string]*fault)} }

// of is called with mu held.
func (f *faults) of(program string) *fault {
	if f.programs[program] == nil {
		f.programs[program] = &fault{told: make(map[string]bool)}
	}

	return f.programs[program]
}

// opened tells that a job of the program could be worked on.
func (f *faults) opened(program string) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.of(program).inRow = 0
}

// lacking notes that a job needs what is missing, and reports whether the program is to be halted for it.
func (f *faults) lacking(program string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	l := f.of(program)
	l.inRow++

	if l.halted && l.inRow < mostInRow {
		return false
	}

	l.halted = true

	return true
}

// first reports whether something is told for the first time.
func (f *faults) first(program, what string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	told := f.of(program).told
	if told[what] || len(told) >= mostTold {
		return false
	}

	told[what] = true

	return true
}

// panicked notes that a job made the worker panic, and returns how many have since one was brought to its end.
func (f *faults) panicked(program string) int {
	f.mu.Lock()
	defer f.mu.Unlock()

	l := f.of(program)
	l.panics++

	return l.panics
}

// completed notes that a job was brought to its end or its next attempt.
func (f *faults) completed(program string) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if l := f.programs[program]; l != nil {
		l.panics = 0
	}
}
