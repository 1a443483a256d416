package enroll

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// publishTimeout bounds one question or word to a stream of ours.
const publishTimeout = 5 * time.Second

//nolint:gochecknoglobals // a constant
var oneTry = persist.Options{RetryFor: -1, AckTimeout: publishTimeout}

// persist publishes a message under an id. What could not be stored in one try is published again when the job's message is
// delivered again. It is not cut off by the end of the work: the row is committed.
func (w *Worker) persist(ctx context.Context, message *nats.Msg, stream, id string) (duplicate bool, err error) {
	message.Header.Set(nats.MsgIdHdr, id)

	ctx, published := w.tracer.publishing(ctx, message)
	duplicate, err = persist.Message(context.WithoutCancel(ctx), w.js, stream, message, oneTry)

	published(err)

	return duplicate, err
}

// handOn has a message that leaves this system take the trace of its job along. One that is not well formed goes nowhere.
func (r *reading) handOn(message *nats.Msg) {
	if of := spans.Parse(r.traceparent); of.IsValid() {
		message.Header.Set(spans.Header, spans.Traceparent(of))
	}
}

// announce tells upstream systems of a final outcome. The event takes the trace of the job's publisher along.
func (w *Worker) announce(ctx context.Context, r *reading, outcome store.Outcome) error {
	if !outcome.Status.Final() {
		return nil
	}

	message, err := announce.Message(outcome, w.pushed(outcome))
	if err != nil {
		return err
	}

	r.handOn(message)

	_, err = w.persist(ctx, message, jobs.StreamOutcomes, announce.ID(outcome))

	return err
}
