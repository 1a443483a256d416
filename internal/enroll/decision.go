package enroll

import (
	"time"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/store"
)

// decision is what becomes of a job and of its message. The steps of a job's way return one; settle carries it out, and nothing
// else does. It is handed from step to step, so what is large is behind pointers: a job's stack would else be twice as large.
type decision struct {
	action action

	end     *store.EndRequest    // of writeEnd
	finish  *store.FinishRequest // of writeAnswer
	outcome *store.Outcome       // of conclude: the settled row
	retry   retry                // of schedule
	waiting waiting              // of await
	after   time.Duration        // of handBack: when the message may be offered again

	// probe is what the job tells about a halt of its program.
	probe pace.Probe
	// lack is what this worker lacks for the job; nil for nothing.
	lack *lack
	// failed is what kept the job from going on; nil for nothing.
	failed *failure
	// panicked: the job made the worker panic.
	panicked bool
}

// action is the first thing that is done.
type action int

const (
	// leave: another worker owns the job; whatever we said about the message would count as its word.
	leave action = iota
	// handBack: the queue is to offer the message again.
	handBack
	// writeEnd: the row is to end without a call. What it says after that is decided then.
	writeEnd
	// writeAnswer: the answer of a call is to be written down. Likewise.
	writeAnswer
	// schedule: the row says when the job is due. A retry is published, and the message acknowledged.
	schedule
	// conclude: the row is settled. Dead letter and event are published, and the message acknowledged.
	conclude
	// await: the API has taken the job in a batch. Its result is asked for by a message of the batch, and the job's is acknowledged.
	await
)

// retry is when a job is due, by Postgres' clock, and how long that is from now.
type retry struct {
	at       time.Time
	wait     time.Duration
	attempts int
}

// waiting is the attempt of a job that waits for the result of a batch.
type waiting struct {
	apiBatch         string
	attempt, charged int
	startedAt        time.Time
}

// lack is what a worker needs for a job and does not have.
type lack struct {
	reason, message string
	// advice is what to do about it.
	advice string
	// onlyIfRepeated: the program is halted only when one job after the other lacks it.
	onlyIfRepeated bool
}

// failure is what a worker could not do for a job.
type failure struct {
	doing string
	err   error
}

func (d decision) writes() bool { return d.action == writeEnd || d.action == writeAnswer }

// acknowledged: the job has its outcome, its retry or its batch, so that its message is not needed any more.
func (d decision) acknowledged() bool {
	return d.action == schedule || d.action == conclude || d.action == await
}

// lacking adds that the worker lacks something for the job. The next probe comes soon and meets another job.
func (d decision) lacking(l lack) decision {
	d.lack, d.probe = &l, pace.ProbeIdle

	return d
}

func left() decision { return decision{action: leave} }

func back(after time.Duration) decision { return decision{action: handBack, after: after} }

func concluded(outcome store.Outcome) decision { return decision{action: conclude, outcome: &outcome} }

func scheduled(at time.Time, wait time.Duration, attempts int) decision {
	return decision{action: schedule, retry: retry{at: at, wait: wait, attempts: attempts}}
}
