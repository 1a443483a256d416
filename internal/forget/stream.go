package forget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
)

// silence is for how long the next message of a stream is waited for.
const silence = 30 * time.Second

// stream is one of the queue's, as it was when it was opened.
type stream struct {
	jetstream.Stream

	js       jetstream.JetStream
	name     string
	last     uint64
	messages int64
}

func openStream(ctx context.Context, js jetstream.JetStream, name string) (stream, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	explain := jobs.Unanswered(js)

	opened, err := js.Stream(ctx, name)

	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return stream{}, fmt.Errorf("%s: %w", name, ErrNoStream)
	case err != nil:
		return stream{}, fmt.Errorf("finding stream %s: %w", name, explain(err))
	}

	state := opened.CachedInfo().State

	return stream{opened, js, name, state.LastSeq, int64(state.Msgs)}, nil //nolint:gosec // a stream holds less
}

// each reads the messages on some subjects that were there when the stream was opened, in their order.
func (s stream) each(ctx context.Context, subjects []string, do func(sequence uint64, msg jetstream.Msg) error) error {
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	consumer, err := s.OrderedConsumer(asking, jetstream.OrderedConsumerConfig{FilterSubjects: subjects})
	if err != nil {
		return fmt.Errorf("reading %s: %w", s.name, err)
	}

	if consumer.CachedInfo().NumPending == 0 {
		return nil
	}

	messages, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("reading %s: %w", s.name, err)
	}
	defer messages.Stop()

	for {
		sequence, pending, msg, err := next(ctx, messages)

		switch {
		case err != nil:
			return fmt.Errorf("reading %s: %w", s.name, err)
		case sequence > s.last:
			return nil
		}

		if err := do(sequence, msg); err != nil || pending == 0 || sequence == s.last {
			return err
		}
	}
}

func next(ctx context.Context, messages jetstream.MessagesContext) (sequence, pending uint64, msg jetstream.Msg, err error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()

	msg, err = messages.Next(jetstream.NextContext(ctx))
	if err != nil {
		return 0, 0, nil, err
	}

	at, err := msg.Metadata()
	if err != nil {
		return 0, 0, nil, err
	}

	return at.Sequence.Stream, at.NumPending, msg, nil
}

// first is the first message from a sequence on, of any subject or of those that match one. The error is jetstream.ErrMsgNotFound
// where there is none.
func (s stream) first(ctx context.Context, from uint64, subject string) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	explain := jobs.Unanswered(s.js)

	msg, err := s.GetMsg(ctx, from, jetstream.WithGetMsgSubject(subject))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", s.name, explain(err))
	}

	return msg, nil
}
