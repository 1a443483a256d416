package enroll

import (
	"context"
	"fmt"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/pace"
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

// postpone keeps a job that this worker lacks something for. It is tried again later, by any worker, uncharged. It ends only when
// it is older than its program's max_age.
func (w *Worker) postpone(ctx context.Context, r reading) disposal {
	failure := problemFailure(r.problem)
	claim, err := w.ledger.End(ctx, store.EndRequest{
		Job: r.record, Status: store.StatusInvalid, Failure: failure, TraceID: r.traceID,
		Postpone: store.Postponement{
			MaxAge: time.Duration(r.program.MaxAge), Base: w.config.HandBack, Cap: max(longestPostponement, w.config.HandBack),
		},
	})
	if err != nil {
		return w.unrecorded("postponing the job", r, err)
	}

	var ended disposal

	switch claim.Decision {
	case store.Postponed:
		ended = w.scheduled(ctx, r, claim.NextAttemptAt, claim.Wait, claim.Outcome.Attempts)
	case store.Ended:
		return w.conclude(ctx, r, claim.Outcome)
	case store.Canceled:
		return w.cancel(ctx, r, claim)
	default:
		ended = w.standing(ctx, r, claim)
	}

	if claim.Decision == store.Postponed || claim.Decision == store.KeyMissing {
		ended.probe = w.lacks(r, failure.Reason, r.problem.Message)
	}

	return ended
}

// uncomparable keeps a job whose id has a row with which it cannot be compared: the key of the row's hashes is missing
// here, or the job's own intake key. It has no row of its own, so its age is that of its message, by the queue's clock alone.
func (w *Worker) uncomparable(ctx context.Context, r reading, claim store.Claim) disposal {
	if r.program.MaxAge > 0 && w.config.QueueNow().Sub(r.queuedAt) > time.Duration(r.program.MaxAge) {
		return w.conflict(ctx, r)
	}

	ended := back(w.later(r))

	if r.problem == nil {
		ended.probe = w.lacks(r, reasonMissingHMACKey, fmt.Sprintf(
			"the id of the job was used before, and its hashes were made with the HMAC key %q, which this worker does not have: "+
				"give it that key beside the current one", claim.MissingKid))
	}

	return ended
}

// later is a pause that grows with each delivery, so that messages that cannot be worked on do not keep others from being met.
func (w *Worker) later(r reading) time.Duration {
	const doublings = 9

	return min(w.jittered(w.config.HandBack)<<min(r.delivered, doublings), longestLater)
}

// longestLater bounds that pause.
const longestLater = 30 * time.Minute

// lacks halts the program at this worker for something that the worker needs and does not have, and returns what the job
// tells about the halt: nothing, so that the next probe comes soon and meets another job.
func (w *Worker) lacks(r reading, reason, message string) pace.Probe {
	program := r.program.Name

	const advice = "give this worker the key; until then jobs wait for other workers, and end only after the program's max_age"

	if w.faults.lacking(program) && w.config.Pacers[program].HaltAdvised(reason+": "+message, advice) {
		w.config.Logger.Error(
			"HALTED at this worker: it lacks what jobs of the program need; none is taken, none is charged, others go on",
			"program", program, "reason", reason, "message", message,
			"what_to_do", advice)
	} else if w.faults.first(program, reason+message) {
		w.config.Logger.Warn("a job waits for what this worker lacks",
			"job", r.record.ID, "program", program, "reason", reason, "message", message)
	}

	return pace.ProbeIdle
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
