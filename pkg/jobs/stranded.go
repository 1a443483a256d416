package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go/jetstream"
)

// Stranded is a consumer of a program that has let go of messages which are still in the stream: it will never deliver them
// again. That happens when somebody lowers the consumer's max_deliver, be it for a minute, or when the stream is restored from a
// backup that is older than its consumer.
//
// Certain is only what lies behind the consumer: all that it has delivered up to its acknowledgment floor, or up to the end
// of what it has delivered while nothing is in anybody's hands, was acknowledged or let go. What was acknowledged leaves a
// work queue at once on one server and a moment later on several. So a message that is still there at a second look was let go.
type Stranded struct {
	Stream string
	// Consumer as it is configured.
	Consumer jetstream.ConsumerConfig
	// Created tells the consumer from one of the same name that was made since.
	Created time.Time
	// Messages is about how many, at least one. Oldest is the sequence of the first, At when that was published.
	Messages uint64
	Oldest   uint64
	At       time.Time
	// settled is up to which sequence of the stream the consumer is done.
	settled uint64
	// counts is how the consumer stood.
	counts consumerCounts
}

// consumerCounts tell whether a consumer has moved between two looks.
type consumerCounts struct{ delivered, floor, pending, inHand uint64 }

// Still reports whether what was stranded at an earlier look is so at this one.
func (s Stranded) Still(before Stranded) bool {
	return s.Stream == before.Stream && s.Consumer.Durable == before.Consumer.Durable &&
		s.Created.Equal(before.Created) && s.Oldest <= before.settled
}

// String says what is stranded where.
func (s Stranded) String() string {
	return fmt.Sprintf("%d messages of %s, the oldest of %s, which consumer %s will not deliver",
		s.Messages, s.Consumer.FilterSubject, s.At.UTC().Format(time.RFC3339), s.Consumer.Durable)
}

// Release makes the consumer anew, with its settings, so that it delivers all that is in the stream again. What workers have
// in their hands is delivered to others as well, who find it claimed. A consumer that was made anew since the look is left
// alone. After a crash between the two steps the consumer is missing, and the next look of any worker puts it back: no
// message is touched at any time.
func (s Stranded) Release(ctx context.Context, js jetstream.JetStream) error {
	explain := Unanswered(js)

	now, err := js.Consumer(ctx, s.Stream, s.Consumer.Durable)

	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
	case err != nil:
		return fmt.Errorf("looking for consumer %s of %s: %w", s.Consumer.Durable, s.Stream, explain(err))
	case !now.CachedInfo().Created.Equal(s.Created):
		return nil // somebody was faster
	default:
		if err := js.DeleteConsumer(ctx, s.Stream, s.Consumer.Durable); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return fmt.Errorf("removing consumer %s of %s, to make it anew: %w", s.Consumer.Durable, s.Stream, explain(err))
		}
	}

	return s.restore(ctx, js)
}

// restore makes the consumer. A server still removes the files of one that was deleted while it makes the next, when two workers
// do this at once: it then answers with an error of its disk, and with none a moment later.
func (s Stranded) restore(ctx context.Context, js jetstream.JetStream) error {
	const (
		pause = 100 * time.Millisecond
		again = 5
	)

	return backoff.Retry(func() error {
		_, err := ensureConsumer(ctx, js, Lane{Stream: s.Stream, Consumer: s.Consumer})

		return err
	}, backoff.WithContext(backoff.WithMaxRetries(backoff.NewConstantBackOff(pause), again), ctx))
}

// Suspected are messages that are in the stream beyond those that their consumer holds, while an older one of the subject is in
// a worker's hands or was handed back for a while. One look cannot tell them from messages that move while it is taken: see
// Inspection.Confirm. They are brought back once the older one has ended, as they lie behind the consumer then.

// Confirm adds what was suspected at this look and at an earlier one, while the consumer has not moved in between: nothing of
// its subject came, went or was delivered, so these messages lie there, and no consumer delivers them.
func (i Inspection) Confirm(before Inspection) Inspection {
	i.Backlog.Programs = slices.Clone(i.Backlog.Programs)

	for _, s := range i.Suspected {
		if !slices.ContainsFunc(before.Suspected, s.unmoved) {
			continue
		}

		i.Stranded = append(slices.Clip(i.Stranded), s)
		i.Backlog.strand(s)
	}

	return i
}

func (s Stranded) unmoved(before Stranded) bool {
	return s.Stream == before.Stream && s.Consumer.Durable == before.Consumer.Durable && s.Created.Equal(before.Created) &&
		s.counts == before.counts && s.Messages == before.Messages
}

// strand counts messages as stranded in their lane.
func (b Backlog) strand(s Stranded) {
	for i := range b.Programs {
		program := &b.Programs[i]

		switch s.Consumer.Durable {
		case ConsumerJobs(program.Program):
			program.Jobs.Stranded, program.Jobs.StrandedSince = s.Messages, s.At
		case ConsumerDue(program.Program):
			program.Due.Stranded, program.Due.StrandedSince = s.Messages, s.At
		}
	}
}

// stranded looks for messages behind the programs' consumers, where the stream has more than they hold, and for those that may
// be stranded otherwise.
func (s snapshot) stranded(ctx context.Context) (certain, suspected []Stranded, err error) {
	for _, h := range []half{s.jobs, s.retry} {
		for _, info := range h.consumers {
			if _, ours := programOfConsumer(h.name(), info.Name); !ours || h.subjects[info.Config.FilterSubject] <= heldBy(info) {
				continue
			}

			found, behind, err := h.behind(ctx, info)

			switch {
			case err != nil:
				return nil, nil, err
			case behind:
				certain = append(certain, found)
			case found.Messages > 0:
				suspected = append(suspected, found)
			}
		}
	}

	return certain, suspected, nil
}

// behind looks whether the oldest message of a consumer's subject lies behind it.
func (h half) behind(ctx context.Context, info *jetstream.ConsumerInfo) (Stranded, bool, error) {
	subject := info.Config.FilterSubject

	oldest, err := h.stream.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(subject))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Stranded{}, false, nil
	}

	if err != nil {
		return Stranded{}, false, fmt.Errorf("looking at the oldest message of %s: %w", subject, err)
	}

	settled := info.AckFloor.Stream
	if info.NumAckPending == 0 {
		settled = max(settled, info.Delivered.Stream)
	}

	return Stranded{
		Stream: h.name(), Consumer: info.Config, Created: info.Created,
		Messages: h.subjects[subject] - heldBy(info), Oldest: oldest.Sequence, At: oldest.Time, settled: settled,
		counts: consumerCounts{
			delivered: info.Delivered.Consumer, floor: info.AckFloor.Consumer,
			pending: info.NumPending, inHand: uint64(max(info.NumAckPending, 0)),
		},
	}, oldest.Sequence <= settled, nil
}
