package chaos

import (
	"time"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/store"
)

// History is what can be known after a run, from all who took part.
type History struct {
	// Accepted jobs are those that the queue has confirmed to their publisher.
	Accepted []Job
	Rows     []Row
	Attempts []Attempt
	Events   []Event
	Letters  []Letter
	// Effects are what the sandbox did for each job's card, by job; Totals what it did in all.
	Effects map[string]sandbox.CardEntry
	Totals  sandbox.Totals
	// Lives are what it did after that, by the job that enrolled the card, for those that others came after.
	Lives map[string]Life
	// Left are the messages that remain in the streams of work.
	Left map[string]uint64
}

// Row is a row of enrollments.
type Row struct {
	JobID       string
	Status      store.Status
	Attempts    int
	FirstSeenAt time.Time
	CompletedAt time.Time
	// CardID and ConsumerID are the API's.
	CardID, ConsumerID string
	// Consumers is how many it says are gone.
	Consumers int
}

// Attempt is a row of attempts.
type Attempt struct {
	JobID      string
	Attempt    int
	Worker     string
	StartedAt  time.Time
	FinishedAt time.Time
	Verdict    string
	Reason     string
	Late       bool
}

// untold reports whether the job's next attempt could not know what this one did.
func (a Attempt) untold() bool { return a.Late || a.Verdict == verdictUnknown }

const verdictUnknown = "unknown"

// Event is a message of ENROLL_OUTCOMES.
type Event struct {
	MsgID  string
	JobID  string
	Status store.Status
	// Receipt says that it has that of a push.
	Receipt bool
	// Content is the message, byte for byte, and At when it was stored, by the clock of the queue, which nothing moves.
	Content string
	At      time.Time
}

// Letter is a message of ENROLL_DEAD.
type Letter struct {
	MsgID   string
	JobID   string
	Status  store.Status
	Content string
}
