package console

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/pkg/store"
)

// askLedger asks Postgres.
func askLedger[T any](
	ctx context.Context, c *Console, key string, question func(context.Context, *store.Store) (T, error),
) answer[T] {
	return ask(ctx, c.memory, postgres, key, func(ctx context.Context) (T, error) {
		s, err := c.ledger.get(ctx)
		if err != nil {
			var none T

			return none, err
		}

		return question(ctx, s)
	})
}

var errNotConnected = errors.New("it is not connected, and connects again by itself")

// askQueue asks the queue, which is told at once where it is not connected.
func askQueue[T any](ctx context.Context, c *Console, key string, question func(context.Context) (T, error)) answer[T] {
	return ask(ctx, c.memory, queue, key, func(ctx context.Context) (T, error) {
		if !c.Queue.Conn().IsConnected() {
			var none T

			return none, errNotConnected
		}

		return question(ctx)
	})
}

// connected is the queue, nil while it is away: what is known without it is shown.
func (c *Console) connected() jetstream.JetStream {
	if !c.Queue.Conn().IsConnected() {
		return nil
	}

	return c.Queue
}

// fleet is how the workers and the queue stand.
func (c *Console) fleet(ctx context.Context) answer[control.Status] {
	return askQueue(ctx, c, "fleet", c.bucket.Status)
}
