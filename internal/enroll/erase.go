package enroll

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// mostErased bounds how many letters of one job are looked at. Each redrive of a job may have left one.
const mostErased = 256

// erase overwrites, in the queue's files, a message of which no copy may be kept, and earlier letters that hold it: what is
// acknowledged stays in the file until its block is written anew, and a letter for as long as letters are kept. One may have
// been written by a worker that lacked the key of its seal. What fails here is told and no reason to keep the job: its row is
// committed, and workers look through the letters when they start.
func (w *Worker) erase(ctx context.Context, r *reading, d decision) {
	if d.action != conclude || !r.unkeepable(d) {
		return
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()

	explain := jobs.Unanswered(w.js)

	err := errors.Join(w.eraseMessage(ctx, r), w.eraseLetters(ctx, r))
	if err != nil {
		const said = "a message that must not be kept was removed without being overwritten"
		w.repeats.note(occurrence{slog.LevelWarn, said, r.program.Name}, r.record.ID,
			"message", r.message(), "error", explain(err))
	}
}

// unkeepable reports whether no copy of the message may be kept, by what was found now or by what its row says.
func (r *reading) unkeepable(d decision) bool {
	return d.outcome.Status == store.StatusInvalid && !r.copied(d.outcome) ||
		r.problem != nil && mayNotBeKept(r.problem.Reason) // where its id is another job's
}

func (w *Worker) eraseMessage(ctx context.Context, r *reading) error {
	stream, err := w.js.Stream(ctx, r.stream)
	if err != nil {
		return fmt.Errorf("looking at stream %s: %w", r.stream, err)
	}

	if err := jobs.Overwrite(ctx, stream, r.sequence); err != nil {
		return fmt.Errorf("overwriting message %s: %w", r.message(), err)
	}

	return nil
}

// eraseLetters removes the letters of the job that hold this message, or a code. Another job may have had its id.
func (w *Worker) eraseLetters(ctx context.Context, r *reading) error {
	stream, err := w.js.Stream(ctx, jobs.StreamDead)
	if err != nil {
		return fmt.Errorf("looking at stream %s: %w", jobs.StreamDead, err)
	}

	for _, id := range r.ids() {
		if err := w.eraseLettersOf(ctx, stream, r, jobs.DeadSubject(r.record.Program, id)); err != nil {
			return fmt.Errorf("removing the letter of job %s: %w", id, err)
		}
	}

	return nil
}

// eraseLettersOf removes those letters under one subject. One of another job that had the id may stand between them.
func (w *Worker) eraseLettersOf(ctx context.Context, stream jetstream.Stream, r *reading, subject string) error {
	from := uint64(1)

	for range mostErased {
		letter, err := stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject(subject))

		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return nil
		case err != nil:
			return err
		}

		if w.holdsMessage(letter.Data, r) {
			if err := jobs.Overwrite(ctx, stream, letter.Sequence); err != nil {
				return err
			}
		}

		from = letter.Sequence + 1
	}

	return nil
}

// ids are those under which letters of the message may have been written.
func (r *reading) ids() []string {
	ids := []string{r.record.ID}

	for _, id := range []string{r.givenID, r.place()} {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}

	return ids
}

// holdsMessage reports whether a letter holds the message that was read, or a code.
func (w *Worker) holdsMessage(letter []byte, r *reading) bool {
	var kept jobs.DeadLetter
	if json.Unmarshal(letter, &kept) != nil {
		return false
	}

	sealed := []byte(kept.Job.Sealed)
	if len(sealed) > 0 && (bytes.Contains(r.msg.Data(), sealed) || bytes.Contains(r.body, sealed)) {
		return true
	}

	sensitive, _ := w.config.Keys().SealsSensitive(kept.Job.Sealed)

	return sensitive || jobs.HoldsSensitive(letter)
}
