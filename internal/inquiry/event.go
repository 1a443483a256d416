package inquiry

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

const (
	// eventTimeout bounds the search for an event, eventMost the events that it reads: those of the same program and status that
	// came just before.
	eventTimeout = 3 * time.Second
	eventMost    = 10_000
)

// Event is what is known of the message that tells upstream systems how a job has ended.
type Event struct {
	// At is when the queue took it, by the queue's clock; zero where that is not known.
	At   time.Time `json:"published_at,omitzero"`
	Note string    `json:"note,omitempty"` // why it is not known
}

// String says it in a sentence.
func (e Event) String() string {
	if e.At.IsZero() {
		return "its event: " + e.Note
	}

	return "its event was published"
}

// FindEvent looks for the event of a job that has ended.
func FindEvent(ctx context.Context, js jetstream.JetStream, outcome store.Outcome) (Event, error) {
	ctx, cancel := context.WithTimeout(ctx, eventTimeout)
	defer cancel()

	found, err := jobs.FindAnnounced(ctx, js, announce.Subject(outcome), announce.ID(outcome), outcome.CompletedAt, eventMost)

	switch {
	case err != nil && found.Examined > 0 && ctx.Err() != nil:
		return Event{Note: fmt.Sprintf("not among the %d that were read in %s", found.Examined, eventTimeout)}, nil
	case err != nil:
		return Event{}, err
	case !found.At.IsZero():
		return Event{At: found.At.UTC()}, nil
	case found.Expired:
		return Event{Note: "the queue holds none of that time any more"}, nil
	case found.Examined >= eventMost:
		return Event{Note: fmt.Sprintf("not among the %d that followed the job's end", found.Examined)}, nil
	default:
		return Event{Note: "not in the queue; it is published within moments, or again by: submit announce --since"}, nil
	}
}

// Events remembers what searches for events found, for who asks again and again. The zero value is ready for use.
type Events struct {
	mu    sync.Mutex
	known map[string]knownEvent
}

type knownEvent struct {
	Event

	at     time.Time // when it was looked for
	failed bool      // the queue did not say
}

const (
	// mostEvents are remembered; past it all are looked for anew.
	mostEvents = 1000
	// missedAgain is after what time an event is looked for again that was not found.
	missedAgain = time.Minute
)

// find returns what is known of the event at a time, or looks for it.
func (e *Events) find(now time.Time, outcome store.Outcome, look func() (event Event, failed bool)) Event {
	if e == nil {
		event, _ := look()
		return event
	}

	id := announce.ID(outcome)

	e.mu.Lock()
	known, there := e.known[id]
	e.mu.Unlock()

	// One that has just ended is looked for each time, unless the queue refuses that: its event is the last one, or comes.
	waits := known.failed || now.Sub(outcome.CompletedAt) > missedAgain
	if there && (!known.At.IsZero() || waits && now.Sub(known.at) < missedAgain) {
		return known.Event
	}

	event, failed := look()

	e.mu.Lock()
	defer e.mu.Unlock()

	if e.known == nil || len(e.known) >= mostEvents {
		e.known = map[string]knownEvent{}
	}

	e.known[id] = knownEvent{event, now, failed}

	return event
}
