package enroll

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// publishTimeout bounds one publish to a stream of ours.
const publishTimeout = 5 * time.Second

// scheduled puts the job's message on the retry stream. The schedule replaces any
// earlier one of the same job, so doing it twice is harmless. It is due at a time by
// Postgres' clock, which is a wait from now: the queue, which fires it, goes by its own.
func (w *Worker) scheduled(ctx context.Context, r reading, at time.Time, wait time.Duration, attempts int) disposal {
	body, err := json.Marshal(r.job)
	if err != nil {
		return w.unpublished("encoding the retry", r, err)
	}

	message := nats.NewMsg(jobs.RetrySubject(r.job.Program, r.job.ID))
	message.Data = body
	message.Header.Set("Nats-Schedule", "@at "+w.config.QueueNow().Add(wait).UTC().Format(time.RFC3339Nano))
	message.Header.Set("Nats-Schedule-Target", jobs.DueSubject(r.job.Program))

	if r.traceparent != "" {
		message.Header.Set(traceparentHeader, r.traceparent)
	}

	// The time is part of the id: the schedule of a redelivered message is the
	// same one, that of an operator's change of plan is not.
	id := fmt.Sprintf("%s/%d/%d", r.job.ID, attempts, at.UnixMicro())

	duplicate, err := w.publish(ctx, message, jobs.StreamRetry, id)
	if err == nil && duplicate {
		err = w.scheduleAgain(ctx, message, id)
	}

	if err != nil {
		return w.unpublished("scheduling the retry", r, err)
	}

	return done()
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

	_, err = w.publish(ctx, message, jobs.StreamRetry, id+"/"+rand.Text())

	return err
}

// conclude tells the world of a settled job: a dead letter where the job was
// given up or waits for an operator, and an event where the outcome is final.
func (w *Worker) conclude(ctx context.Context, r reading, outcome store.Outcome) disposal {
	if keepsLetter(outcome.Status) && r.copied(outcome) {
		if err := w.bury(ctx, r, outcome); err != nil {
			return w.unpublished("writing the dead letter", r, err)
		}
	}

	if outcome.Status.Final() {
		if err := w.announce(ctx, outcome); err != nil {
			return w.unpublished("announcing the outcome", r, err)
		}
	}

	return done()
}

func (w *Worker) announce(ctx context.Context, outcome store.Outcome) error {
	message, err := Announcement(outcome)
	if err != nil {
		return err
	}

	_, err = w.publish(ctx, message, jobs.StreamOutcomes, announcementID(outcome))

	return err
}

// Announcement is the message that tells upstream systems of a final outcome,
// with the id by which the queue knows it when it is published again.
func Announcement(outcome store.Outcome) (*nats.Msg, error) {
	id := outcome.JobID
	if at := strings.IndexByte(id, '~'); at > 0 {
		id = id[:at] // of a conflict: the id its sender knows
	}

	event := jobs.Outcome{
		Schema:               jobs.SchemaVersion,
		ID:                   id,
		Program:              outcome.Program,
		Batch:                outcome.BatchID,
		ExternalConsumerID:   outcome.ExternalConsumerID,
		ExternalCardID:       outcome.ExternalCardID,
		Operation:            jobs.Operation(outcome.Operation),
		Status:               string(outcome.Status),
		HTTPStatus:           outcome.HTTPStatus,
		SrcDigitalCardID:     outcome.SrcDigitalCardID,
		SrcCorrelationID:     outcome.SrcCorrelationID,
		TokenUniqueReference: outcome.TokenUniqueReference,
		Attempts:             outcome.Attempts,
		CompletedAt:          outcome.CompletedAt,
	}

	if failure := jobs.Failure(outcome.Failure); failure != (jobs.Failure{}) {
		event.Error = &failure
	}

	program := outcome.Program
	if !jobs.ValidProgram(program) {
		program = "unknown" // a broken message on a subject of no program
	}

	message, err := newMessage(jobs.OutcomeSubject(program, string(outcome.Status)), event)
	if err != nil {
		return nil, err
	}

	message.Header.Set(nats.MsgIdHdr, announcementID(outcome))

	return message, nil
}

// announcementID is the same each time the same end of a job is announced, and
// another when an operator has had the job tried again.
func announcementID(outcome store.Outcome) string {
	id := fmt.Sprintf("%s/%d/%s", outcome.JobID, outcome.Attempts, outcome.Status)
	// A job whose message was lost, or that was thought to be, may die more than once with the same attempts.
	if outcome.Status == store.StatusDead {
		id += fmt.Sprintf("/%d", outcome.CompletedAt.UnixMicro())
	}

	if outcome.Redriven > 0 {
		id += fmt.Sprintf("/%d", outcome.Redriven)
	}

	return id
}

// letterID tells letters apart by the message they hold as well: a job that was sealed again has another.
func letterID(r reading, outcome store.Outcome) string {
	const mark = 8 // bytes of the digest

	return announcementID(outcome) + "/" + hex.EncodeToString(r.record.MessageDigest[:mark])
}

func (w *Worker) publishJSON(ctx context.Context, subject, stream, id string, body any) error {
	message, err := newMessage(subject, body)
	if err != nil {
		return err
	}

	_, err = w.publish(ctx, message, stream, id)

	return err
}

func newMessage(subject string, body any) (*nats.Msg, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encoding a message for %s: %w", subject, err)
	}

	message := nats.NewMsg(subject)
	message.Data = data

	return message, nil
}

// publish stores a message and waits for the server's word that it is stored. duplicate says that a message with the id
// was stored within the stream's window, and that this one was not.
func (w *Worker) publish(ctx context.Context, message *nats.Msg, stream, id string) (duplicate bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()

	ack, err := w.js.PublishMsg(ctx, message, jetstream.WithMsgID(id), jetstream.WithExpectStream(stream))
	if err != nil {
		return false, fmt.Errorf("publishing to %s: %w", stream, err)
	}

	return ack.Duplicate, nil
}

// unpublished gives the message back: its redelivery finds the row and publishes again.
func (w *Worker) unpublished(doing string, r reading, err error) disposal {
	w.config.Logger.Error("publishing failed; the message will come again", "doing", doing, "job", r.record.ID, "error", err)
	return back(w.jittered(w.config.HandBack))
}
