package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// HeaderSchedule of a message has the server keep it until a time: "@at" and the time in RFC 3339.
const HeaderSchedule = "Nats-Schedule"

// A Schedule is a message that the server keeps until its time.
type Schedule struct {
	At time.Time // when it comes out on the subject of due retries; zero where its header cannot be read
}

// RetrySchedule returns the schedule of a job's next attempt, and false when the job has none. It is one look-up.
func RetrySchedule(ctx context.Context, js jetstream.JetStream, program, id string) (Schedule, bool, error) {
	return scheduleOf(ctx, js, RetrySubject(program, id))
}

// PollSchedule returns the schedule of the next question for the results of a batch of the API, and false when there is none.
func PollSchedule(ctx context.Context, js jetstream.JetStream, program, apiBatch string) (Schedule, bool, error) {
	return scheduleOf(ctx, js, PollSubjects(program, apiBatch))
}

func scheduleOf(ctx context.Context, js jetstream.JetStream, subject string) (Schedule, bool, error) {
	msg, err := lastOf(ctx, js, StreamRetry, subject)
	if msg == nil || err != nil {
		return Schedule{}, false, err
	}

	at, err := time.Parse(time.RFC3339Nano, strings.TrimPrefix(msg.Header.Get(HeaderSchedule), "@at "))
	if err != nil {
		at = time.Time{} // it is there, at least
	}

	return Schedule{At: at}, true, nil
}

// LetterAt returns when the newest dead letter of a job was written, by the queue's clock, and false when it has none.
func LetterAt(ctx context.Context, js jetstream.JetStream, program, id string) (time.Time, bool, error) {
	msg, err := lastOf(ctx, js, StreamDead, DeadSubject(program, id))
	if msg == nil || err != nil {
		return time.Time{}, false, err
	}

	return msg.Time, true, nil
}

// lastOf is the last message on a subject, nil for none.
func lastOf(ctx context.Context, js jetstream.JetStream, name, subject string) (*jetstream.RawStreamMsg, error) {
	stream, err := lookAt(ctx, js, name)
	if err != nil {
		return nil, err
	}

	explain := Unanswered(js)

	msg, err := stream.GetLastMsgForSubject(ctx, subject)

	return FoundOn(subject, msg, explain(err))
}

// firstOf is the first message on a subject from a sequence on, nil for none.
func firstOf(
	ctx context.Context, js jetstream.JetStream, stream jetstream.Stream, subject string, from uint64,
) (*jetstream.RawStreamMsg, error) {
	explain := Unanswered(js)

	msg, err := stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject(subject))

	return FoundOn(subject, msg, explain(err))
}

// FoundOn tells that there is no message on a subject, nil, from that there is no answer: for what a look at one has returned.
func FoundOn(subject string, msg *jetstream.RawStreamMsg, err error) (*jetstream.RawStreamMsg, error) {
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, nil //nolint:nilnil // nil is no message
	case err != nil:
		return nil, fmt.Errorf("looking at subject %s: %w", subject, err)
	default:
		return msg, nil
	}
}
