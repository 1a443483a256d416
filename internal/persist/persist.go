// Package persist has the queue store messages: it publishes, waits for the word that a message is stored, and tries again while
// that can help. What makes this harmless is the id of a message, by which the queue knows it for two minutes.
package persist

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrNoAnswer is returned when no server has confirmed a message in time. It may or may not be stored.
var ErrNoAnswer = errors.New("the queue does not answer")

// ErrFull is returned when a stream takes no more messages because it is at its limit.
var ErrFull = errors.New("the stream is full: what reads it has to catch up, or its max_bytes to be raised")

const (
	// DefaultRetryFor bridges the election of a new leader, which takes up to 10 s.
	DefaultRetryFor = 30 * time.Second
	// DefaultAckTimeout is how long one try waits.
	DefaultAckTimeout = 5 * time.Second

	firstPause   = 50 * time.Millisecond
	longestPause = 2 * time.Second
)

// Options can be left zero.
type Options struct {
	// RetryFor is how long a message is published again while the server does not answer, default 30 s; negative for one try.
	RetryFor time.Duration
	// AckTimeout is how long one try waits for the server's word, default 5 s.
	AckTimeout time.Duration
}

// Queue stores messages (jetstream.JetStream).
type Queue interface {
	Conn() *nats.Conn
	PublishMsg(ctx context.Context, msg *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error)
}

// Message has a stream store a message that has its id in the header Nats-Msg-Id. duplicate says that a message with the id
// was stored within the stream's window, and that this one was not.
func Message(
	ctx context.Context, queue Queue, stream string, message *nats.Msg, o Options, with ...jetstream.PublishOpt,
) (duplicate bool, err error) {
	duplicate, err = Publish(ctx, queue, stream, message, o, with...)
	if err != nil {
		return false, fmt.Errorf("publishing to %s: %w", stream, err)
	}

	return duplicate, nil
}

// Publish is Message for callers whose errors say themselves what was published.
func Publish(
	ctx context.Context, queue Queue, stream string, message *nats.Msg, o Options, with ...jetstream.PublishOpt,
) (duplicate bool, err error) {
	with = append(with, jetstream.WithExpectStream(stream))

	err = Try(ctx, queue, o, func(ctx context.Context) error {
		ack, err := queue.PublishMsg(ctx, message, with...)
		if err != nil {
			return err
		}

		duplicate = ack.Duplicate

		return nil
	})

	return duplicate, err
}

// Try repeats one try with growing pauses until it succeeds, cannot succeed, or RetryFor has passed.
func Try(ctx context.Context, queue Queue, o Options, try func(context.Context) error) error {
	once := func() error {
		// A message that the client buffers while it is not connected comes late, and perhaps alone of its batch.
		if nc := queue.Conn(); !nc.IsConnected() && !nc.IsClosed() {
			return nats.ErrDisconnected
		}

		ctx, cancel := context.WithTimeout(ctx, cmp.Or(o.AckTimeout, DefaultAckTimeout))
		defer cancel()

		return classified(try(ctx))
	}

	hopeless := false
	err := backoff.Retry(func() error {
		err := once()
		_, hopeless = errors.AsType[*backoff.PermanentError](err)

		return err
	}, o.pauses(ctx))

	if err != nil && !hopeless && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}

	return err
}

func (o Options) pauses(ctx context.Context) backoff.BackOff { //nolint:ireturn // there are two kinds
	if o.RetryFor < 0 {
		return &backoff.StopBackOff{}
	}

	return backoff.WithContext(backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(firstPause),
		backoff.WithMaxInterval(longestPause),
		backoff.WithMaxElapsedTime(cmp.Or(o.RetryFor, DefaultRetryFor)),
	), ctx)
}
