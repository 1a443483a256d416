package forget

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
)

const (
	// askTimeout bounds one question to the queue.
	askTimeout = 10 * time.Second
	// lookup is of how many messages the ledger is asked at once.
	lookup = 500
)

// letters deletes the dead letters of purged jobs.
func (p *Purge) letters(ctx context.Context) error {
	return p.messages(ctx, StageLetters, jobs.StreamDead, p.subjects(jobs.DeadSubjects), &p.account.Letters)
}

// events deletes the events of purged jobs.
func (p *Purge) events(ctx context.Context) error {
	return p.messages(ctx, StageEvents, jobs.StreamOutcomes, p.subjects(outcomeSubjects), &p.account.Events)
}

// subjects are those of the programs that are meant, or all.
func (p *Purge) subjects(of func(program string) []string) []string {
	if p.whole || len(p.options.Scope.Programs) == 0 {
		return of("")
	}

	var all []string
	for _, program := range p.options.Scope.Programs {
		all = append(all, of(program)...)
	}

	return all
}

// outcomeSubjects are those of all events of a program, or of every program for an empty name.
func outcomeSubjects(program string) []string {
	if program == "" {
		program = "*"
	}

	return []string{jobs.OutcomeSubject(program, "*")}
}

// message is what of a message says whose it is.
type message struct {
	sequence uint64
	key      string // of the job's row
	named    bool   // it names the consumer
}

// messages looks through a stream, and overwrites what is of purged jobs. A stream that is not there holds nothing.
func (p *Purge) messages(ctx context.Context, stage Stage, name string, subjects []string, count *int64) error {
	s, err := openStream(ctx, p.js, name)
	if errors.Is(err, ErrNoStream) {
		return nil
	}

	if err != nil {
		return err
	}

	var (
		waiting []message
		looked  int64
	)

	decide := func() error {
		deleted, err := p.overwrite(ctx, s.Stream, waiting)
		*count += deleted
		waiting = waiting[:0]

		p.options.OnProgress(stage, looked, s.messages)
		p.options.Reached(stage)

		return err
	}

	err = s.each(ctx, subjects, func(sequence uint64, msg jetstream.Msg) error {
		looked++

		waiting = append(waiting, p.read(sequence, msg))
		if len(waiting) < lookup {
			return nil
		}

		return decide()
	})
	if err != nil {
		return err
	}

	return decide()
}

// read tells whose message it is: its id for the queue begins with the key of the job's row.
func (p *Purge) read(sequence uint64, msg jetstream.Msg) message {
	var body struct {
		ID       string `json:"id"`
		Consumer string `json:"external_consumer_id"`
		Job      struct {
			ID       string `json:"id"`
			Consumer string `json:"external_consumer_id"`
		} `json:"job"`
	}

	_ = json.Unmarshal(msg.Data(), &body) // what cannot be read names nobody

	key, _, found := strings.Cut(msg.Headers().Get(nats.MsgIdHdr), "/")
	if !found || key == "" {
		key = body.ID
		if key == "" {
			key = body.Job.ID
		}
	}

	consumer := p.options.Scope.Consumer
	named := consumer != "" && (body.Consumer == consumer || body.Job.Consumer == consumer)

	return message{sequence: sequence, key: key, named: named}
}

// overwrite deletes those of some messages whose jobs are purged, and those that name the consumer and whose jobs have no row.
func (p *Purge) overwrite(ctx context.Context, stream jetstream.Stream, messages []message) (deleted int64, err error) {
	if len(messages) == 0 {
		return 0, nil
	}

	var keys, named []string

	for _, m := range messages {
		keys = append(keys, m.key)

		if m.named {
			named = append(named, m.key)
		}
	}

	purged, err := p.ledger.PurgedIDs(ctx, keys)
	if err != nil {
		return 0, err
	}

	rows, err := p.ledger.Rows(ctx, named)
	if err != nil {
		return 0, err
	}

	for _, m := range messages {
		_, gone := purged[m.key]
		_, there := rows[m.key]

		switch {
		case !gone && m.named && there:
			p.account.Kept++
			continue
		case !gone && !m.named:
			continue
		}

		if err := p.remove(ctx, stream, m.sequence); err != nil {
			return deleted, err
		}

		deleted++
	}

	return deleted, nil
}

// remove overwrites a message.
func (p *Purge) remove(ctx context.Context, stream jetstream.Stream, sequence uint64) error {
	if err := p.wait(ctx, 1); err != nil {
		return err
	}

	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	explain := jobs.Unanswered(p.js)

	if err := jobs.Overwrite(ctx, stream, sequence); err != nil {
		return fmt.Errorf("removing message %d of %s: %w", sequence, stream.CachedInfo().Config.Name, explain(err))
	}

	return nil
}
