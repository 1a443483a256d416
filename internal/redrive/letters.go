package redrive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
)

const (
	// askTimeout bounds one question to the queue.
	askTimeout = 10 * time.Second
	// silence is for how long the next letter is waited for.
	silence = 30 * time.Second
)

// letters is what was found among the dead letters.
type letters struct {
	stream     jetstream.Stream
	read       int
	unreadable int
	selected   []entry // oldest first
}

// entry is where a job's newest letter is, and why it was written. The letter
// itself stays in the stream until its turn comes: a million of them would not fit in memory.
type entry struct {
	sequence uint64
	jobID    string
	kind     Kind
}

// read looks at the letters that are there now, and selects those that are the newest of their job and pass the filter.
func read(ctx context.Context, js jetstream.JetStream, f Filter) (letters, error) {
	var found letters

	stream, last, err := openStream(ctx, js)
	if err != nil {
		return found, err
	}

	found.stream = stream
	newest := map[string]*entry{} // by job; nil: it does not pass

	err = scan(ctx, stream, f, last, func(sequence uint64, body []byte) {
		found.read++

		letter, err := decode(body)
		if err != nil {
			found.unreadable++
			return
		}

		switch id := letter.Job.ID; {
		case f.JobID != "" && f.JobID != id:
		case f.passes(letter):
			newest[id] = &entry{sequence: sequence, jobID: id, kind: kindOf(letter)}
		default:
			newest[id] = nil
		}
	})

	for _, e := range newest {
		if e != nil {
			found.selected = append(found.selected, *e)
		}
	}

	slices.SortFunc(found.selected, func(a, b entry) int { return cmp.Compare(a.sequence, b.sequence) })

	return found, err
}

func openStream(ctx context.Context, js jetstream.JetStream) (stream jetstream.Stream, last uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	stream, err = js.Stream(ctx, jobs.StreamDead)

	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, 0, fmt.Errorf("there is no stream %s yet: the first worker that runs makes it", jobs.StreamDead)
	case err != nil:
		return nil, 0, fmt.Errorf("finding stream %s: %w", jobs.StreamDead, err)
	}

	return stream, stream.CachedInfo().State.LastSeq, nil
}

// scan reads the letters on the filter's subject up to a sequence, in order. It
// reads bodies for their status and codes and keeps none.
func scan(ctx context.Context, stream jetstream.Stream, f Filter, last uint64, each func(sequence uint64, body []byte)) error {
	config := jetstream.OrderedConsumerConfig{FilterSubjects: []string{f.subject()}}
	if !f.Since.IsZero() {
		config.DeliverPolicy, config.OptStartTime = jetstream.DeliverByStartTimePolicy, &f.Since
	}

	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	consumer, err := stream.OrderedConsumer(asking, config)
	if err != nil {
		return fmt.Errorf("reading the dead letters: %w", err)
	}

	if consumer.CachedInfo().NumPending == 0 {
		return nil
	}

	messages, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("reading the dead letters: %w", err)
	}
	defer messages.Stop()

	for {
		next, cancel := context.WithTimeout(ctx, silence)
		msg, err := messages.Next(jetstream.NextContext(next))

		cancel()

		if err != nil {
			return fmt.Errorf("reading the dead letters: %w", err)
		}

		at, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("reading the dead letters: %w", err)
		}

		if at.Sequence.Stream > last {
			return nil
		}

		each(at.Sequence.Stream, msg.Data())

		if at.NumPending == 0 || at.Sequence.Stream == last {
			return nil
		}
	}
}

// decode reads a letter. Its job must be one that workers would take.
func decode(body []byte) (jobs.DeadLetter, error) {
	var letter jobs.DeadLetter
	if err := json.Unmarshal(body, &letter); err != nil {
		return jobs.DeadLetter{}, fmt.Errorf("a dead letter is not readable: %w", err)
	}

	if !jobs.ValidID(letter.Job.ID) || !jobs.ValidProgram(letter.Job.Program) {
		return jobs.DeadLetter{}, errors.New("a dead letter names no job")
	}

	return letter, nil
}

// fetch reads the letter of an entry. It reports false for one that has aged out since it was selected.
func (l letters) fetch(ctx context.Context, e entry) (letter jobs.DeadLetter, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	msg, err := l.stream.GetMsg(ctx, e.sequence)

	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return letter, false, nil
	case err != nil:
		return letter, false, fmt.Errorf("reading the dead letter of job %s: %w", e.jobID, err)
	}

	letter, err = decode(msg.Data)

	return letter, err == nil, err
}
