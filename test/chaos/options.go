package chaos

import (
	"fmt"
	"io"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/sandbox"
)

// Options of a run. Faults, Jobs, Dir and Bin are required.
type Options struct {
	// Seed makes the script: the same seed gives the same faults in the same order. When each takes hold depends on the machine.
	Seed uint64
	// Only are the kinds of faults, all when empty.
	Only []Kind
	// Faults and Jobs are how many.
	Faults, Jobs int
	// Every is the time from one fault to the next, default 1 s. A fault whose target still suffers from an earlier one waits.
	Every time.Duration
	// Settle bounds the quiet period at the end, default 4 min and a minute more for 2,000 jobs.
	Settle time.Duration
	// Dir holds all data and logs. Where the process is root's, other users must be able to walk through it.
	Dir string
	// Bin is the directory of Postgres' binaries.
	Bin string
	// EnrollOnly leaves out what earlier versions' workers do not do here: pushes, and what comes after enrollments.
	EnrollOnly bool
	// Upgrade, when set, has the versions change while jobs and faults go on.
	Upgrade *Upgrade
	// Out is told how far the run is; nil drops it.
	Out io.Writer
}

const (
	defaultEvery  = time.Second
	defaultSettle = 4 * time.Minute
	jobsMore      = 2000
)

func (o Options) withDefaults() Options {
	if o.Every <= 0 {
		o.Every = defaultEvery
	}

	if o.Settle <= 0 {
		o.Settle = defaultSettle + time.Duration(o.Jobs/jobsMore)*time.Minute
	}

	if o.Out == nil {
		o.Out = io.Discard
	}

	return o
}

func (o Options) check() error {
	if o.Dir == "" || o.Bin == "" || o.Faults < 1 || o.Jobs < 1 || o.Jobs > sandbox.MaxSerial/2 {
		return fmt.Errorf("chaos: needs directories for data and binaries, a fault at least, and 1 to %d jobs", sandbox.MaxSerial/2)
	}

	for _, kind := range o.Only {
		if !slices.ContainsFunc(weights(), func(w weighted) bool { return w.kind == kind }) {
			return fmt.Errorf("chaos: there is no fault %q", kind)
		}
	}

	return nil
}

// What makes recovery a matter of seconds. Each is shorter than in production, their order is the same: the lease of a
// call that takes long has to be renewed, and has run out when the message of a worker that was killed comes again.
const (
	workers     = 3
	nodes       = 3
	inFlight    = 16
	callTimeout = 2 * time.Second
	lease       = 1500 * time.Millisecond
	ackWait     = 3 * time.Second
	handBack    = 500 * time.Millisecond
	grace       = 5 * time.Second
	queueBytes  = 256 << 20
	// An API whose clock has jumped refuses signatures, so its programs are halted.
	firstProbe   = time.Second
	longestProbe = 5 * time.Second
)
