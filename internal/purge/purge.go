// Package purge removes from the dead letters those that hold a card's security code, PIN or stripe, sealed or not. Nobody may
// keep them, and earlier versions of the workers have.
package purge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/jobs"
)

// Rule is the version of what is looked for. With a new one, all letters are looked at again.
const Rule = 2

const (
	// requestTimeout bounds one question to the queue.
	requestTimeout = 10 * time.Second
	// noteEvery is after how many letters it is noted how far they have been looked at, so that who is interrupted goes on there.
	noteEvery = 1000
)

// Notes remember how far the letters were looked at (control.Bucket).
type Notes interface {
	Purged(ctx context.Context) (control.Purged, error)
	SetPurged(ctx context.Context, p control.Purged) error
}

// Account is what a look has found.
type Account struct {
	// Looked is how many letters were looked at; Removed of them held what must not be kept, and are gone.
	Looked, Removed int
	// Sealed letters could not be opened with the keys of this worker, and were left.
	Sealed int
}

// Purger looks through the dead letters.
type Purger struct {
	js     jetstream.JetStream
	notes  Notes
	keys   func() *jobs.KeyRing
	logger *slog.Logger
}

// New makes a purger. The intake keys open what is sealed.
func New(js jetstream.JetStream, notes Notes, keys func() *jobs.KeyRing, logger *slog.Logger) *Purger {
	return &Purger{js: js, notes: notes, keys: keys, logger: logger}
}

// RunUntilDone looks through the letters once, and again at each tick until it has come to their end. Letters that are written
// from then on are written by workers that keep no such thing.
func (p *Purger) RunUntilDone(ctx context.Context, ticks <-chan time.Time) {
	for {
		account, err := p.Run(ctx)

		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			p.tell(account)
			return
		default:
			p.logger.Error("dead letters could not be looked through for security codes; it is tried again",
				"error", err, "looked", account.Looked, "removed", account.Removed)
		}

		if !guard.Tick(ctx, ticks) {
			return
		}
	}
}

func (p *Purger) tell(a Account) {
	if a.Removed > 0 {
		p.logger.Warn("dead letters of an earlier version held a security code, PIN or magnetic stripe, and were removed",
			"removed", a.Removed, "looked", a.Looked)
	}

	if a.Sealed > 0 {
		p.logger.Warn("dead letters cannot be opened with the intake keys of this worker, and were left unseen",
			"letters", a.Sealed, "what_to_do", "a worker that has their key looks at them when it starts")
	}
}

// Run looks at the letters that nobody has looked at yet by this rule, in their order, and removes those that hold what must
// not be kept. When it ends early, the next run goes on where it was.
func (p *Purger) Run(ctx context.Context) (account Account, err error) {
	stream, last, err := p.open(ctx)
	if stream == nil || err != nil {
		return account, err
	}

	note, err := p.begin(ctx, last)
	if err != nil {
		return account, err
	}

	// How far it came is noted in any case, also when it is told to stop.
	defer func() {
		account.Sealed = note.Sealed
		err = errors.Join(err, p.note(context.WithoutCancel(ctx), note))
	}()

	for note.Through < last {
		if ctx.Err() != nil {
			return account, fmt.Errorf("interrupted: %w", ctx.Err())
		}

		if err := p.next(ctx, stream, &note, last, &account); err != nil {
			return account, err
		}

		if account.Looked%noteEvery == 0 {
			if err := p.note(ctx, note); err != nil {
				return account, err
			}
		}
	}

	return account, nil
}

// next looks at the first letter behind those that were looked at.
func (p *Purger) next(
	ctx context.Context, stream jetstream.Stream, note *control.Purged, last uint64, account *Account,
) error {
	msg, err := p.letter(ctx, stream, note.Through+1)
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && msg.Sequence > last {
		note.Through = last
		return nil
	}

	if err != nil {
		return err
	}

	account.Looked++

	switch found := look(msg.Data, p.keys()); found {
	case holds:
		if err := p.remove(ctx, stream, msg.Sequence); err != nil {
			return err
		}

		account.Removed++
	case unseen:
		note.Sealed++
	case clean:
	}

	note.Through = msg.Sequence

	return nil
}

// open returns no stream where there is none: then there are no letters.
func (p *Purger) open(ctx context.Context) (stream jetstream.Stream, last uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	explain := jobs.Unanswered(p.js)

	stream, err = p.js.Stream(ctx, jobs.StreamDead)

	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, 0, nil
	case err != nil:
		return nil, 0, fmt.Errorf("finding stream %s: %w", jobs.StreamDead, explain(err))
	}

	return stream, stream.CachedInfo().State.LastSeq, nil
}

// begin is where to go on. Everything is looked at again by a new rule, in a stream that was made anew, and by a worker with a
// key that those before it lacked.
func (p *Purger) begin(ctx context.Context, last uint64) (control.Purged, error) {
	note, err := p.notes.Purged(ctx)
	if err != nil {
		return note, fmt.Errorf("reading how far dead letters were looked at: %w", err)
	}

	kids := p.keys().Kids()
	fresh := func(kid string) bool { return !slices.Contains(note.Kids, kid) }

	if note.Rule != Rule || note.Through > last || note.Sealed > 0 && slices.ContainsFunc(kids, fresh) {
		return control.Purged{Rule: Rule, Kids: kids}, nil
	}

	if note.Through < last { // what comes now is looked at with these keys alone
		note.Kids = kids
	}

	return note, nil
}

func (p *Purger) note(ctx context.Context, note control.Purged) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	if err := p.notes.SetPurged(ctx, note); err != nil {
		return fmt.Errorf("noting how far dead letters were looked at: %w", err)
	}

	return nil
}

// letter is the first letter from a sequence on. The error is jetstream.ErrMsgNotFound where there is none.
func (p *Purger) letter(ctx context.Context, stream jetstream.Stream, from uint64) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	explain := jobs.Unanswered(p.js)

	msg, err := stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject(jobs.DeadSubjects("")[0]))

	if err != nil {
		return nil, fmt.Errorf("reading dead letter %d: %w", from, explain(err))
	}

	return msg, nil
}

// remove overwrites a letter.
func (p *Purger) remove(ctx context.Context, stream jetstream.Stream, sequence uint64) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	explain := jobs.Unanswered(p.js)

	if err := jobs.Overwrite(ctx, stream, sequence); err != nil {
		return fmt.Errorf("removing dead letter %d: %w", sequence, explain(err))
	}

	return nil
}
