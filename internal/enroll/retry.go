package enroll

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
)

// publishRetry puts the job's message on the retry stream. The schedule replaces any earlier one of the same job, so doing it
// twice is harmless. It is due at a time by Postgres' clock, which is a wait from now: the queue, which fires it, goes by its
// own. A retry that came out early tells what that clock says by now: it may have been put forward since we looked.
//
// A job whose seal could not be opened is not copied at each round: see remind.
func (w *Worker) publishRetry(ctx context.Context, r *reading, due retry) error {
	if r.locked {
		return w.remind(ctx, r, due)
	}

	body, err := r.job.Body()
	if err != nil {
		return err
	}

	message := nats.NewMsg(jobs.RetrySubject(r.job.Program, r.job.ID))
	message.Data = body

	return w.persistSchedule(ctx, r, due, message)
}

// persistSchedule has a message come out on the subject of the program's retries when the job is due.
func (w *Worker) persistSchedule(ctx context.Context, r *reading, due retry, message *nats.Msg) error {
	now := w.config.QueueNow()
	if r.due && r.queuedAt.After(now) {
		now = r.queuedAt
	}

	message.Header.Set(scheduleHeader, "@at "+now.Add(due.wait).UTC().Format(time.RFC3339Nano))
	message.Header.Set(targetHeader, jobs.DueSubject(r.job.Program))

	if r.traceparent != "" {
		message.Header.Set(traceparentHeader, r.traceparent)
	}

	if r.span != nil {
		setPrevious(message, r.span.SpanContext())
	}

	if r.alone {
		message.Header.Set(aloneHeader, "true")
	}

	// The time is part of the id: the schedule of a redelivered message is the
	// same one, that of an operator's change of plan is not. That of a retry that came out early is not the one that fired.
	id := fmt.Sprintf("%s/%d/%d", r.job.ID, due.attempts, due.at.UnixMicro())
	if r.due {
		id += fmt.Sprintf("/%d", r.sequence)
	}

	duplicate, err := w.persist(ctx, message, jobs.StreamRetry, id)
	if err == nil && duplicate {
		err = w.scheduleAgain(ctx, message, id)
	}

	return err
}

// scheduleAgain publishes a schedule that the queue has called a duplicate, unless it stands: the one before may have fired, and
// its message may be gone. Two retries of one job do no harm.
func (w *Worker) scheduleAgain(ctx context.Context, message *nats.Msg, id string) error {
	looking, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()

	stream, err := w.js.Stream(looking, jobs.StreamRetry)
	if err != nil {
		return fmt.Errorf("looking at stream %s: %w", jobs.StreamRetry, err)
	}

	stands, err := stream.GetLastMsgForSubject(looking, message.Subject)
	if err == nil && stands != nil {
		return nil
	}

	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("looking at subject %s: %w", message.Subject, err)
	}

	_, err = w.persist(ctx, message, jobs.StreamRetry, id+"/"+rand.Text())

	return err
}
