package enroll

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/pkg/jobs"
)

// A job that waits for the key of its seal may hold a security code. Scheduled as a whole, it would leave a copy in the queue's
// files at each round, which the server moves and nobody can overwrite afterwards. So its message is kept once, under the job's
// retry subject, and what is scheduled is a reminder without content.

const (
	// mostStoreTries bounds how often somebody else may be faster to change what stands on the job's retry subject.
	mostStoreTries = 5
	// mostVainReminders is how often a reminder is handed back whose message is not there: whoever has published it may be about
	// to keep the message.
	mostVainReminders = 3
)

var errKeptByOthers = errors.New("others change what is kept of the job all the time")

// remind has the job come back when it is due. The reminder is first: a worker that ends between the two leaves one that leads
// nowhere, not a message that nothing leads to.
func (w *Worker) remind(ctx context.Context, r *reading, due retry) error {
	message, err := jobs.Reminder{Program: r.job.Program, ID: r.job.ID}.Encode()
	if err != nil {
		return err
	}

	if err := w.persistSchedule(ctx, r, due, message); err != nil {
		return err
	}

	return w.storeMessage(ctx, r)
}

// storeMessage puts the job's message under its retry subject, where it is not there already. What else is there is of the same
// job, by a worker that copies it at each round, and is overwritten.
func (w *Worker) storeMessage(ctx context.Context, r *reading) error {
	body, err := r.job.Body()
	if err != nil {
		return err
	}

	for range mostStoreTries {
		stands, err := w.storedMessage(ctx, r.job.Program, r.job.ID)
		if err != nil {
			return err
		}

		if stands != nil && !scheduledMessage(stands) && bytes.Equal(stands.Data, body) {
			return nil
		}

		kept, err := w.replace(ctx, jobs.RetrySubject(r.job.Program, r.job.ID), body, stands)
		if err != nil || kept {
			return err
		}
	}

	return errKeptByOthers
}

// replace puts a message where another stands, or none. It reports false where that is not so any more.
func (w *Worker) replace(ctx context.Context, subject string, body []byte, stands *jetstream.RawStreamMsg) (bool, error) {
	var last uint64
	if stands != nil {
		last = stands.Sequence
	}

	message := nats.NewMsg(subject)
	message.Data = body

	err := persist.Try(context.WithoutCancel(ctx), w.js, oneTry, func(ctx context.Context) error {
		_, err := w.js.PublishMsg(ctx, message,
			jetstream.WithExpectStream(jobs.StreamRetry), jetstream.WithExpectLastSequencePerSubject(last))

		return err
	})

	switch {
	case isWrongLastSequence(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("keeping the message of the job: %w", err)
	case stands != nil:
		return true, w.overwrite(ctx, jobs.StreamRetry, stands.Sequence)
	default:
		return true, nil
	}
}

// storedMessage is what stands on the retry subject of a job: its message, kept or scheduled, or nil for none.
func (w *Worker) storedMessage(ctx context.Context, program, id string) (*jetstream.RawStreamMsg, error) {
	return w.lastRetry(ctx, jobs.RetrySubject(program, id))
}

// lastRetry is the last message on a subject of the retries, nil for none. A worker that stops waits for the answer as well.
func (w *Worker) lastRetry(ctx context.Context, subject string) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()

	stream, err := w.js.Stream(ctx, jobs.StreamRetry)
	if err != nil {
		return nil, fmt.Errorf("looking at stream %s: %w", jobs.StreamRetry, err)
	}

	msg, err := stream.GetLastMsgForSubject(ctx, subject)

	return jobs.FoundOn(subject, msg, err)
}

// scheduledMessage tells a message that comes out by itself from one that is kept.
func scheduledMessage(msg *jetstream.RawStreamMsg) bool { return msg.Header.Get(scheduleHeader) != "" }

// recall reads the message that a reminder is of, as if it had come itself. Where none is kept, the job goes on by another
// message, or is at its end.
func (l *lane) recall(taking, work context.Context, r *reading) (next decision, decided bool) {
	w := l.worker

	if next, refused := l.refuses(taking, r.probe); refused {
		return next, true
	}

	reminder, err := jobs.DecodeReminder(r.body)
	if err != nil || reminder.Program != r.via {
		w.config.Logger.Error("a reminder of a job cannot be read; it stays in the queue for another version of the worker",
			"program", l.Program, "message", r.message(), "error", err)

		return back(w.later(r)), true
	}

	kept, err := w.storedMessage(work, reminder.Program, reminder.ID)

	switch {
	case err != nil:
		w.config.Logger.Warn("the message of a job that waits for a key could not be read; it is tried again",
			"job", reminder.ID, "error", err)

		return back(w.jittered(w.config.HandBack)), true
	case kept != nil && !scheduledMessage(kept):
		r.kept, r.body = kept, kept.Data
		return decision{}, false
	case kept == nil && r.delivered <= mostVainReminders:
		return back(w.later(r)), true
	default:
		return decision{action: await}, true
	}
}
