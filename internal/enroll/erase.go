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

// erase overwrites, in the queue's files, a message of which no copy may be kept, and earlier copies and letters that hold it:
// what is acknowledged stays in the file until its block is written anew, and a letter for as long as letters are kept. One may
// have been written by a worker that lacked the key of its seal. So is a message that was not read to its end: it may turn out
// later that it was such a one, when nobody can overwrite it any more. What fails here is told and no reason to keep the job: its
// row is committed, and workers look through the letters when they start.
func (w *Worker) erase(ctx context.Context, r *reading, d decision) {
	unkeepable := d.action == conclude && r.unkeepable(d)
	if !unkeepable && r.readToEnd() && r.kept == nil {
		return // nearly all
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()

	var failed error

	// The message by which a batch is asked for is of other jobs as well.
	if r.polled == "" && (unkeepable || !r.readToEnd()) {
		failed = w.overwrite(ctx, r.stream, r.sequence)
	}

	if !r.waits(d) && (r.kept != nil || unkeepable) {
		failed = errors.Join(failed, w.eraseKept(ctx, r))
	}

	if unkeepable {
		failed = errors.Join(failed, w.eraseLetters(ctx, r))
	}

	if failed != nil {
		const said = "a message that must not be kept was removed without being overwritten"
		w.repeats.note(occurrence{slog.LevelWarn, said, r.program.Name}, r.record.ID,
			"message", r.message(), "error", jobs.Unanswered(w.js)(failed))
	}
}

// unkeepable reports whether no copy of the message may be kept, by what was found now or by what its row says.
func (r *reading) unkeepable(d decision) bool {
	return d.action == conclude && d.outcome.Status == store.StatusInvalid && !r.copied(*d.outcome) ||
		r.problem != nil && mayNotBeKept(r.problem.Reason) // where its id is another job's
}

// readToEnd reports whether the message was understood and its seal opened, where it has one. A reminder has nothing to read.
func (r *reading) readToEnd() bool { return r.kept != nil || r.sound && !r.locked }

// waits reports whether the job's message is to be kept until somebody has its key.
func (r *reading) waits(d decision) bool { return d.action == schedule && r.locked }

// overwrite removes a message from a stream and from its files.
func (w *Worker) overwrite(ctx context.Context, name string, sequence uint64) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()

	stream, err := w.js.Stream(ctx, name)
	if err != nil {
		return fmt.Errorf("looking at stream %s: %w", name, err)
	}

	if err := jobs.Overwrite(ctx, stream, sequence); err != nil {
		return fmt.Errorf("overwriting message %s.%d: %w", name, sequence, err)
	}

	return nil
}

// eraseKept removes the message that waited for its key, under the job's retry subject. What stands there by now may be of
// another.
func (w *Worker) eraseKept(ctx context.Context, r *reading) error {
	if r.kept != nil {
		return w.overwrite(ctx, jobs.StreamRetry, r.kept.Sequence)
	}

	var failed error

	for _, id := range r.ids() {
		if !jobs.ValidID(id) || !jobs.ValidProgram(r.record.Program) {
			continue
		}

		stands, err := w.storedMessage(ctx, r.record.Program, id)
		if err == nil && stands != nil && r.sealsOf(stands.Data) {
			err = w.overwrite(ctx, jobs.StreamRetry, stands.Sequence)
		}

		failed = errors.Join(failed, err)
	}

	return failed
}

// sealsOf reports whether what another message seals is in this one.
func (r *reading) sealsOf(other []byte) bool {
	seals := jobs.SealsIn(other)

	return len(seals) > 0 && !slices.ContainsFunc(seals, func(seal string) bool { return !bytes.Contains(r.body, []byte(seal)) })
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
