package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Oldest is when the oldest messages of a program's lanes were stored, by the queue's clock; zero where a lane is empty.
type Oldest struct{ Jobs, Due time.Time }

// ReadOldest asks the server. Messages in the hands of workers count as well: they leave the stream when they are acknowledged.
// Its cost does not depend on the number of jobs.
func ReadOldest(ctx context.Context, js jetstream.JetStream, program string) (Oldest, error) {
	var oldest Oldest

	for _, lane := range []struct {
		stream, subject string
		at              *time.Time
	}{{StreamJobs, Subject(program), &oldest.Jobs}, {StreamRetry, DueSubject(program), &oldest.Due}} {
		stream, err := lookAt(ctx, js, lane.stream)
		if err != nil {
			return Oldest{}, err
		}

		msg, err := firstOf(ctx, js, stream, lane.subject, 1)
		if err != nil {
			return Oldest{}, err
		}

		if msg != nil {
			*lane.at = msg.Time
		}
	}

	return oldest, nil
}

// Search is what a search for the message of a new job found.
type Search struct {
	Found    bool
	At       time.Time // when the message was stored
	Program  string    // of its subject
	Examined uint64    // messages that were read
	Left     uint64    // messages that were not, when the time was over; zero: all were
}

// SearchNew looks for the message of a job that no worker has seen among the new jobs, the oldest first. The queue cannot be
// asked for an id, so that each message is read: the search ends with the context, or after most messages, and says how many
// it has left.
func SearchNew(ctx context.Context, js jetstream.JetStream, id string, most uint64) (Search, error) {
	stream, err := lookAt(ctx, js, StreamJobs)
	if err != nil {
		return Search{}, err
	}

	var (
		search Search
		state  = stream.CachedInfo().State
		next   = state.FirstSeq
	)

	for search.Examined < most {
		msg, err := firstOf(ctx, js, stream, jobPrefix+">", next)

		switch {
		case err != nil && ctx.Err() != nil && search.Examined > 0:
			search.Left = state.Msgs - min(search.Examined, state.Msgs)
			return search, nil
		case err != nil:
			return search, err
		case msg == nil || msg.Sequence > state.LastSeq: // what came since the search began is new
			return search, nil
		}

		search.Examined++
		next = msg.Sequence + 1

		if idOf(msg.Data) == id {
			search.Found, search.At = true, msg.Time
			search.Program, _ = ProgramOf(msg.Subject)

			return search, nil
		}
	}

	search.Left = state.Msgs - min(search.Examined, state.Msgs)

	return search, nil
}

// idOf is the id of a message's job; empty where it cannot be read.
func idOf(body []byte) string {
	var named struct {
		ID string `json:"id"`
	}

	if err := json.Unmarshal(body, &named); err != nil {
		return ""
	}

	return named.ID
}

// String says what was found, for people.
func (s Search) String() string {
	switch {
	case s.Found:
		return fmt.Sprintf("found behind %d others", s.Examined-1)
	case s.Left > 0:
		return fmt.Sprintf("not among the %d oldest messages, and %d were not read", s.Examined, s.Left)
	default:
		return fmt.Sprintf("not among the %d messages of the queue", s.Examined)
	}
}
