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

	"enroll.example/clicktopay/internal/spans"
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
	since      time.Time // letters before it are not looked at; zero for none
	read       int
	unreadable int
	of         int     // jobs have letters, whether they pass the filter or not
	selected   []entry // oldest first
	codes      map[string]bool
}

// maxCodes bounds what is remembered of the codes that letters have: there are some dozens.
const maxCodes = 1000

// note remembers by which codes a letter could have been selected.
func (l *letters) note(letter jobs.DeadLetter) {
	if l.codes == nil {
		l.codes = make(map[string]bool)
	}

	for _, code := range []string{letter.Error.Reason, letter.Error.Detail} {
		if code != "" && len(l.codes) < maxCodes {
			l.codes[code] = true
		}
	}
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
	stream, last, err := openStream(ctx, js)
	if err != nil {
		return letters{}, err
	}

	found := letters{stream: stream, since: f.since(stream.CachedInfo().TimeStamp)}

	if f.JobID != "" {
		err = found.readOne(ctx, f, last)
	} else {
		err = found.search(ctx, f, last, jobs.DeadSubjects(f.Program))
	}

	return found, err
}

// readOne looks the newest letter of one job up. Only where there is none it searches those that an earlier version has
// left on the program's one subject.
func (l *letters) readOne(ctx context.Context, f Filter, last uint64) error {
	find, program := l.lookUp, f.Program

	if program == "" { // of a job that has no row: nobody knows its program
		program = "*"
		find = func(ctx context.Context, f Filter) error {
			return l.search(ctx, f, last, []string{jobs.DeadSubject(program, f.JobID)})
		}
	}

	if err := find(ctx, f); err != nil || l.of > 0 {
		return err
	}

	return l.search(ctx, f, last, []string{jobs.OldDeadSubject(program)})
}

// lookUp asks for the last letter on the subject of a job.
func (l *letters) lookUp(ctx context.Context, f Filter) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	msg, err := l.stream.GetLastMsgForSubject(ctx, jobs.DeadSubject(f.Program, f.JobID))

	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("looking up the dead letter of job %s: %w", f.JobID, err)
	}

	found := newestOf{filter: f, letters: l, jobs: map[string]*entry{}}
	if l.since.IsZero() || !msg.Time.Before(l.since) {
		found.add(msg.Sequence, msg.Data)
	}

	found.choose()

	return nil
}

// search reads the letters on subjects, in their order.
func (l *letters) search(ctx context.Context, f Filter, last uint64, subjects []string) error {
	found := newestOf{filter: f, letters: l, jobs: map[string]*entry{}}
	err := scan(ctx, l.stream, l.since, subjects, last, found.add)

	found.choose()

	return err
}

// newestOf keeps where the newest letter of each job is.
type newestOf struct {
	*letters

	filter Filter
	jobs   map[string]*entry // nil: the newest letter of the job does not pass
}

func (n *newestOf) add(sequence uint64, body []byte) {
	n.read++

	letter, err := decode(body)
	if err != nil {
		n.unreadable++
		return
	}

	n.note(letter)

	switch id := letter.Key(); {
	case n.filter.JobID != "" && n.filter.JobID != id:
	case n.filter.passes(letter):
		n.jobs[id] = &entry{sequence: sequence, jobID: id, kind: kindOf(letter)}
	default:
		n.jobs[id] = nil
	}
}

// choose selects those that pass, the oldest first.
func (n *newestOf) choose() {
	n.of += len(n.jobs)

	for _, e := range n.jobs {
		if e != nil {
			n.selected = append(n.selected, *e)
		}
	}

	slices.SortFunc(n.selected, func(a, b entry) int { return cmp.Compare(a.sequence, b.sequence) })
}

// ErrNoStream is returned for a queue that no worker has prepared.
var ErrNoStream = jobs.NotPrepared("stream " + jobs.StreamDead)

func openStream(ctx context.Context, js jetstream.JetStream) (stream jetstream.Stream, last uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	stream, err = js.Stream(ctx, jobs.StreamDead)

	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, 0, ErrNoStream
	case err != nil:
		return nil, 0, fmt.Errorf("finding stream %s: %w", jobs.StreamDead, err)
	}

	return stream, stream.CachedInfo().State.LastSeq, nil
}

// scan reads the letters on subjects up to a sequence, in order. It
// reads bodies for their status and codes and keeps none.
func scan(
	ctx context.Context, stream jetstream.Stream, since time.Time, subjects []string, last uint64,
	each func(sequence uint64, body []byte),
) error {
	config := jetstream.OrderedConsumerConfig{FilterSubjects: subjects}
	if !since.IsZero() {
		config.DeliverPolicy, config.OptStartTime = jetstream.DeliverByStartTimePolicy, &since
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

// fetched is a letter, and the trace that it was written in.
type fetched struct {
	jobs.DeadLetter

	traceparent string
}

// fetch reads the letter of an entry. It reports false for one that has aged out since it was selected.
func (l *letters) fetch(ctx context.Context, e entry) (letter fetched, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	msg, err := l.stream.GetMsg(ctx, e.sequence)

	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return letter, false, nil
	case err != nil:
		return letter, false, fmt.Errorf("reading the dead letter of job %s: %w", e.jobID, err)
	}

	letter.DeadLetter, err = decode(msg.Data)
	letter.traceparent = msg.Header.Get(spans.Header)

	return letter, err == nil, err
}
