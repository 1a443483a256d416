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
func (r *reading) workersFault() bool {
	return r.problem != nil && (r.problem.Reason == jobs.ReasonUnknownKid || r.problem.Reason == jobs.ReasonNoIdentity && r.doubtful)
}

const (
	adviceKey      = "give this worker the key; until then jobs wait for other workers, and end only after the program's max_age"
	adviceIdentity = "set the program's consumer_identity to what its jobs have, or have it sent with them; until then jobs wait, " +
		"and end only after the program's max_age"
)

// lack is what the worker lacks for a job whose problem is the worker's fault.
func (r *reading) lack() lack {
	l := lack{reason: string(r.problem.Reason), message: r.problem.Message, advice: adviceKey}
	if r.problem.Reason == jobs.ReasonNoIdentity {
		l.message, l.advice, l.onlyIfRepeated = r.problem.Field+" "+l.message, adviceIdentity, true
	}

	return l
}

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
// here, or the job's own intake key.
func (w *Worker) decideUncomparable(r *reading, claim store.Claim) decision {
	if w.outlived(r) {
		return w.decideConflict(r)
	}

	next := back(w.later(r))

	switch {
	case r.problem == nil:
		return next.lacking(lack{reason: reasonMissingHMACKey, advice: adviceKey, message: fmt.Sprintf(
			"the id of the job was used before, and its hashes were made with the HMAC key %q, which this worker does not have: "+
				"give it that key beside the current one", claim.MissingKid)})
	case r.workersFault():
		return next.lacking(r.lack())
	default:
		return next
	}
}

// outlived reports whether a job without a row of its own is older than its program's max_age. Its age is that of its message,
// which the queue has stamped: by Postgres' clock, which the transaction before this has told, and by the queue's, since of two
// clocks that differ one was set meanwhile, and the age by it says nothing.
func (w *Worker) outlived(r *reading) bool {
	if r.program.MaxAge <= 0 {
		return false
	}

	return min(w.ledger.Now().Sub(r.queuedAt), w.config.QueueNow().Sub(r.queuedAt)) > time.Duration(r.program.MaxAge)
}

// haltLacking halts the program at this worker for something that the worker needs and does not have.
func (w *Worker) haltLacking(r *reading, l lack) {
	program := r.program.Name

	if w.faults.lacking(program, l.onlyIfRepeated) && w.config.Pacers[program].HaltOwn(l.reason+": "+l.message, l.advice) {
		w.config.Logger.Error(
			"HALTED at this worker: it lacks what jobs of the program need; none is taken, none is charged, others go on",
			"program", program, "reason", l.reason, "message", l.message,
			"what_to_do", l.advice)
	} else if w.faults.first(program, l.reason+l.message) {
		w.config.Logger.Warn("a job waits for what this worker lacks",
			"job", r.record.ID, "program", program, "reason", l.reason, "message", l.message)
	}
}

// faults remembers, by program, how jobs have met what is the worker's fault and not theirs. The first job that needs what is
// missing halts the program. When a probe finds that other jobs can be worked on, the halt ends, and jobs that need what is
// missing are only postponed: a few of them, or a publisher with keys of its own, must not hold up the rest. When nothing else
// comes any more, the program is halted again. A job that lacks what a setting asks for halts only when one job after the other
// does, and so does a panic.
type faults struct {
	mu       sync.Mutex
	programs map[string]*fault
}

type fault struct {
	halted bool            // it was, for what is missing
	inRow  int             // jobs that needed it since one that did not
	panics int             // jobs that panicked since one was brought to its end
	told   map[string]bool // what was missing

	with, without int // of the last jobs, how many had the program's identity of a consumer
}

const (
	// mostInRow is how many jobs may need what is missing, one after the other, before the program is halted again.
	mostInRow = 16
	// mostPanics is how many jobs may panic, one after the other, before the cause is taken to be the worker.
	mostPanics = 5
	// mostTold bounds what is remembered: kids are a publisher's to choose.
	mostTold = 100
	// mostCounted is of how many jobs it is remembered whether they had the program's identity: beyond it the older ones fade.
	mostCounted = 100
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
func (f *faults) lacking(program string, patient bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	l := f.of(program)
	l.inRow++

	if (l.halted || patient) && l.inRow < mostInRow {
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

// identified notes whether a job had its program's identity of a consumer.
func (f *faults) identified(program string, has bool) {
	f.mu.Lock()
	defer f.mu.Unlock()

	l := f.of(program)
	if l.with+l.without >= mostCounted {
		l.with, l.without = l.with/2, l.without/2
	}

	if has {
		l.with++
	} else {
		l.without++
	}
}

// identify reports whether at least half of the program's last jobs had its identity of a consumer.
func (f *faults) identify(program string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	l := f.of(program)

	return l.with > 0 && l.with >= l.without
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
