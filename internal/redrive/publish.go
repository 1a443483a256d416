package redrive

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Queue stores messages (jetstream.JetStream).
type Queue interface {
	PublishMsg(ctx context.Context, msg *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error)
}

const (
	tryTimeout   = 5 * time.Second
	retryFor     = 30 * time.Second // the election of a new leader takes up to 10
	firstPause   = 50 * time.Millisecond
	longestPause = 2 * time.Second
)

func newMessage(subject string, body []byte, id string) *nats.Msg {
	message := nats.NewMsg(subject)
	message.Data = body
	message.Header.Set(nats.MsgIdHdr, id)

	return message
}

// publish stores a message, trying again while the server does not answer: its id makes that harmless.
func publish(ctx context.Context, queue Queue, stream string, message *nats.Msg) error {
	pauses := backoff.NewExponentialBackOff(backoff.WithInitialInterval(firstPause),
		backoff.WithMaxInterval(longestPause), backoff.WithMaxElapsedTime(retryFor))

	err := backoff.Retry(func() error {
		ctx, cancel := context.WithTimeout(ctx, tryTimeout)
		defer cancel()

		_, err := queue.PublishMsg(ctx, message, jetstream.WithExpectStream(stream))
		if refused(err) {
			return backoff.Permanent(err)
		}

		return err
	}, backoff.WithContext(pauses, ctx))
	if err != nil {
		return fmt.Errorf("publishing to %s: %w", stream, err)
	}

	return nil
}

// refused reports whether trying again cannot help: the server has said no, or there is no way to it any more.
func refused(err error) bool {
	api, answered := errors.AsType[*jetstream.APIError](err)

	if answered {
		return api.Code < http.StatusInternalServerError && api.Code != http.StatusTooManyRequests
	}

	return errors.Is(err, nats.ErrConnectionClosed)
}
