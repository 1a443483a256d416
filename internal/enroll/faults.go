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
	default:
		ended = w.standing(ctx, r, claim)
	}

	if claim.Decision == store.Postponed || claim.Decision == store.KeyMissing {
		ended.probe = w.lacks(r, failure.Reason, r.problem.Message)
	}

	return ended
}

// uncomparable keeps a job whose id has a row with which it cannot be compared: the key of the row's hashes is missing here, or the
// job's own intake key. It has no row of its own, so its age is that of its message, by the queue's clock alone.
func (w *Worker) uncomparable(ctx context.Context, r reading, claim store.Claim) disposal {
	if r.program.MaxAge > 0 && w.config.QueueNow().Sub(r.queuedAt) > time.Duration(r.program.MaxAge) {
		return w.conflict(ctx, r)
	}

	ended := back(min(w.jittered(w.config.HandBack)<<min(r.delivered, maxDoublings), longestPostponement))

	if r.problem == nil {
		ended.probe = w.lacks(r, reasonMissingHMACKey, fmt.Sprintf(
			"the id of the job was used before, and its hashes were made with the HMAC key %q, which this worker does not have: "+
				"give it that key beside the current one", claim.MissingKid))
	}

	return ended
}

const maxDoublings = 6

// lacks halts the program at this worker for something that the worker needs and does not have, and returns what the job
// tells about the halt.
func (w *Worker) lacks(r reading, reason, message string) pace.Probe {
	program := r.program.Name
	what := reason + ": " + message

	if !w.faults.halts(program, what) {
		return pace.ProbeIdle
	}

	if w.config.Pacers[program].Halt(what) {
		w.config.Logger.Error("HALTED at this worker: it lacks what jobs of the program need; none is taken, none is charged, others go on",
			"program", program, "reason", reason, "message", message,
			"what_to_do", "give this worker the key; until then jobs wait for other workers, and end only after the program's max_age")
	}

	return pace.ProbeRefused
}

// faults remembers what this worker lacks, by program. The first job that needs it halts the program. When a probe finds that other
// jobs can be worked on, the halt ends, and jobs that need what is missing are only postponed: a few of them, or a publisher
// with a key of its own, must not hold up the rest. When nothing else comes any more, the program is halted again.
type faults struct {
	mu       sync.Mutex
	programs map[string]*lacking
}

// lacking is what one program lacks.
type lacking struct {
	known map[string]bool
	inRow int // jobs that needed it since one that did not
}

// mostInRow is how many jobs may need what is missing, one after the other, before the program is halted again.
const mostInRow = 16

func newFaults() *faults { return &faults{programs: make(map[string]*lacking)} }

// opened tells that a job of the program could be read.
func (f *faults) opened(program string) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if l := f.programs[program]; l != nil {
		l.inRow = 0
	}
}

// halts notes that a job needs what is missing, and reports whether the program is to be halted for it.
func (f *faults) halts(program, what string) bool {
	const mostKnown = 100 // kids are a publisher's to choose

	f.mu.Lock()
	defer f.mu.Unlock()

	l := f.programs[program]
	if l == nil || len(l.known) >= mostKnown && !l.known[what] {
		l = &lacking{known: make(map[string]bool)}
		f.programs[program] = l
	}

	first := !l.known[what]
	l.known[what] = true
	l.inRow++

	return first || l.inRow >= mostInRow
}
