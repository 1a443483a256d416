package enroll

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// publishTimeout bounds one question or word to a stream of ours.
const publishTimeout = 5 * time.Second

//nolint:gochecknoglobals // a constant
var oneTry = persist.Options{RetryFor: -1, AckTimeout: publishTimeout}

// Announce tells upstream systems of a final outcome; of one that is not final there is nothing to tell. Whoever ends a job
// announces it by this: workers, sweeps and operators.
func Announce(ctx context.Context, queue persist.Queue, outcome store.Outcome, o persist.Options) error {
	if !outcome.Status.Final() {
		return nil
	}

	message, err := Announcement(outcome)
	if err != nil {
		return err
	}

	_, err = persist.Message(ctx, queue, jobs.StreamOutcomes, message, o)

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

func newMessage(subject string, body any) (*nats.Msg, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encoding a message for %s: %w", subject, err)
	}

	message := nats.NewMsg(subject)
	message.Data = data

	return message, nil
}

// persist publishes a message under an id. What could not be stored in one try is published again when the job's message is
// delivered again. It is not cut off by the end of the work: the row is committed.
func (w *Worker) persist(ctx context.Context, message *nats.Msg, stream, id string) (duplicate bool, err error) {
	message.Header.Set(nats.MsgIdHdr, id)

	return persist.Message(context.WithoutCancel(ctx), w.js, stream, message, oneTry)
}

func (w *Worker) announce(ctx context.Context, outcome store.Outcome) error {
	return Announce(context.WithoutCancel(ctx), w.js, outcome, oneTry)
}
