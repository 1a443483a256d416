// Package announce tells upstream systems what became of a job. Whoever ends a job does it by this package: workers, sweeps and
// operators.
package announce

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Outcome tells upstream systems of a final outcome; of one that is not final there is nothing to tell. pushed is what a push
// gave, where that is known.
func Outcome(
	ctx context.Context, queue persist.Queue, outcome store.Outcome, pushed *jobs.Pushed, o persist.Options,
) error {
	if !outcome.Status.Final() {
		return nil
	}

	message, err := Message(outcome, pushed)
	if err != nil {
		return err
	}

	_, err = persist.Message(ctx, queue, jobs.StreamOutcomes, message, o)

	return err
}

// Message is the message that tells upstream systems of a final outcome,
// with the id by which the queue knows it when it is published again.
func Message(outcome store.Outcome, pushed *jobs.Pushed) (*nats.Msg, error) {
	id := outcome.JobID
	if at := strings.IndexByte(id, '~'); at > 0 {
		id = id[:at] // of a conflict: the id its sender knows
	}

	event := jobs.Outcome{
		ID:                   id,
		Program:              outcome.Program,
		Batch:                outcome.BatchID,
		ExternalConsumerID:   outcome.ExternalConsumerID,
		ExternalCardID:       outcome.ExternalCardID,
		Operation:            jobs.Operation(outcome.Operation),
		Status:               string(outcome.Status),
		HTTPStatus:           outcome.HTTPStatus,
		SrcDigitalCardID:     outcome.SrcDigitalCardID,
		SrcConsumerID:        outcome.SrcConsumerID,
		Consumers:            outcome.Consumers,
		SrcCorrelationID:     outcome.SrcCorrelationID,
		TokenUniqueReference: outcome.TokenUniqueReference,
		Push:                 pushed,
		Attempts:             outcome.Attempts,
		CompletedAt:          outcome.CompletedAt,
	}

	if failure := jobs.Failure(outcome.Failure); failure != (jobs.Failure{}) {
		event.Error = &failure
	}

	data, err := event.Encode()
	if err != nil {
		return nil, err
	}

	message := nats.NewMsg(Subject(outcome))
	message.Data = data
	message.Header.Set(nats.MsgIdHdr, ID(outcome))

	return message, nil
}

// Subject is where upstream systems are told of a final outcome.
func Subject(outcome store.Outcome) string {
	program := outcome.Program
	if !jobs.ValidProgram(program) {
		program = "unknown" // a broken message on a subject of no program
	}

	return jobs.OutcomeSubject(program, string(outcome.Status))
}

// ID is the same each time the same end of a job is announced, and
// another when an operator has had the job tried again.
func ID(outcome store.Outcome) string {
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
