package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// clocksApart is how much the clocks of queue and database may differ for an event to be found by its time.
	clocksApart = time.Hour
	// announcedWithin is how long the event of another job may have taken that shows how far the clocks are apart.
	announcedWithin = time.Second
)

// Announced is what a search for the event of a job's end found.
type Announced struct {
	At       time.Time // when the queue took the event, by its clock; zero: it was not found
	Examined int       // events that were read
	Expired  bool      // the queue has let go of the events of that time
}

// FindAnnounced looks for an event by its subject and its id (Nats-Msg-Id), from when its job ended by the clock of whoever wrote
// that down. The queue cannot be asked for an id: events are read in their order, so many at most, and until the context ends.
func FindAnnounced(
	ctx context.Context, js jetstream.JetStream, subject, id string, ended time.Time, most int,
) (Announced, error) {
	stream, err := lookAt(ctx, js, StreamOutcomes)
	if err != nil {
		return Announced{}, err
	}

	next, err := announcedFrom(ctx, js, subject, ended)
	if err != nil {
		return Announced{}, err
	}

	found := Announced{Expired: expired(stream.CachedInfo().State, ended)}

	for next > 0 && found.Examined < most {
		msg, err := firstOf(ctx, js, stream, subject, next)
		if msg == nil || err != nil {
			return found, err
		}

		found.Examined++

		if msg.Header.Get(nats.MsgIdHdr) == id {
			return Announced{At: msg.Time, Examined: found.Examined}, nil
		}

		next = msg.Sequence + 1
	}

	return found, nil
}

// expired reports whether a stream has let go of what it had at a time.
func expired(state jetstream.StreamState, at time.Time) bool {
	oldest := state.FirstTime
	if state.Msgs == 0 {
		oldest = state.LastTime // it was there
	}

	return state.FirstSeq > 1 && oldest.After(at)
}

// announcedFrom is the sequence of the first event that may be that of a job which ended at a time; zero for none. The queue's
// clock may be behind the one by which the job ended: an event of that time shows by how much.
func announcedFrom(ctx context.Context, js jetstream.JetStream, subject string, ended time.Time) (uint64, error) {
	there, err := since(ctx, js, StreamOutcomes, subject, ended)
	if err != nil {
		return 0, err
	}

	if there == nil {
		last, err := lastOf(ctx, js, StreamOutcomes, subject)
		if last == nil || err != nil {
			return 0, err
		}

		there = &timed{Seq: last.Sequence, Time: last.Time, Data: last.Data}
	}

	var behind time.Duration

	var event Outcome
	if err := json.Unmarshal(there.Data, &event); err == nil {
		behind = min(max(event.CompletedAt.Sub(there.Time), 0), clocksApart)
	}

	first, err := since(ctx, js, StreamOutcomes, subject, ended.Add(-behind-announcedWithin))
	if first == nil || err != nil {
		return 0, err
	}

	return first.Seq, nil
}

// timed is a message as the server tells of it that was asked for one by its time.
type timed struct {
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	Data []byte    `json:"data"`
}

// since is the first message on a subject that was stored at a time or later, nil for none. The client does not ask so.
func since(ctx context.Context, js jetstream.JetStream, stream, subject string, at time.Time) (*timed, error) {
	type found struct {
		apiAnswer

		Message *timed `json:"message"`
	}

	request := map[string]any{"start_time": at.UTC(), "next_by_subj": subject}
	answer, err := apiRequest[found](ctx, js, "STREAM.MSG.GET."+stream, request)

	var refused *jetstream.APIError
	if errors.As(err, &refused) && refused.ErrorCode == jetstream.JSErrCodeMessageNotFound {
		return nil, nil //nolint:nilnil // nil is no message
	}

	if err != nil {
		return nil, fmt.Errorf("looking at subject %s: %w", subject, err)
	}

	return answer.Message, nil
}
