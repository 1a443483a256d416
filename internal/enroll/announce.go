package enroll

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/persist"
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

	return persist.Message(context.WithoutCancel(ctx), w.js, stream, message, oneTry)
}

func (w *Worker) announce(ctx context.Context, outcome store.Outcome) error {
	return announce.Outcome(context.WithoutCancel(ctx), w.js, outcome, w.pushed(outcome), oneTry)
}
