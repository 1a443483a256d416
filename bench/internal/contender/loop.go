package contender

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

// plainLoop is what one writes without a library: so many goroutines that each take a message, handle and acknowledge it. It
// is the bound of what can be had with the same engines.
func plainLoop() Contender {
	return Contender{Name: "plain loop", Count: countOutcomes, Fill: fillWithTable, prepare: prepareLoop}
}

func prepareLoop(ctx context.Context, s Setup, done *tally) (func(context.Context) error, error) {
	h, nc, c, err := s.open(ctx)
	if err != nil {
		return nil, err
	}

	return func(ctx context.Context) error {
		defer nc.Close()
		defer h.rows.Close()

		messages, err := c.Messages(jetstream.PullMaxMessages(2 * s.InFlight))
		if err != nil {
			return fmt.Errorf("taking messages: %w", err)
		}

		defer context.AfterFunc(ctx, messages.Stop)()

		group, ctx := errgroup.WithContext(ctx)
		for range s.InFlight {
			group.Go(func() error { return h.loop(ctx, messages, done) })
		}

		return group.Wait()
	}, nil
}

func (h *handler) loop(ctx context.Context, messages jetstream.MessagesContext, done *tally) error {
	for {
		message, err := messages.Next()
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) {
			return nil
		}

		if err != nil {
			return fmt.Errorf("taking a message: %w", err)
		}

		if err := h.handle(ctx, message.Data()); err != nil {
			return err
		}

		if err := message.Ack(); err != nil {
			return fmt.Errorf("acknowledging a message: %w", err)
		}

		done.one()
	}
}
