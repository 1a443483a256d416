package contender

import (
	"context"
	"fmt"

	"github.com/ThreeDotsLabs/watermill"
	wmjetstream "github.com/ThreeDotsLabs/watermill-nats/v2/pkg/jetstream"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
)

// aheadOfHandler is how many messages a subscription asks for: it handles one at a time, and the rest wait.
const aheadOfHandler = 2

// watermillPull is Watermill's router with its pull subscriber for JetStream. A subscription hands out one message at a time,
// so there are as many handlers as jobs in flight, on one durable consumer.
func watermillPull() Contender {
	return Contender{Name: "Watermill", Count: countOutcomes, Fill: fillWithTable, prepare: prepareWatermill}
}

func prepareWatermill(ctx context.Context, s Setup, done *tally) (func(context.Context) error, error) {
	h, nc, c, err := s.open(ctx)
	if err != nil {
		return nil, err
	}

	subscriber, err := wmjetstream.NewSubscriber(wmjetstream.SubscriberConfig{
		Conn:                nc,
		Logger:              watermill.NopLogger{},
		ResourceInitializer: existing(c),
		ConsumeOptions:      []jetstream.PullConsumeOpt{jetstream.PullMaxMessages(aheadOfHandler)},
	})
	if err != nil {
		return nil, fmt.Errorf("making the subscriber: %w", err)
	}

	router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
	if err != nil {
		return nil, fmt.Errorf("making the router: %w", err)
	}

	handle := func(m *message.Message) error { //nolint:contextcheck // the message brings it
		err := h.handle(m.Context(), m.Payload)
		if err == nil {
			done.one()
		}

		return err
	}

	for i := range s.InFlight {
		router.AddConsumerHandler(fmt.Sprint("enroll-", i), jobs.StreamJobs, subscriber, handle)
	}

	return func(ctx context.Context) error {
		defer nc.Close()
		defer h.rows.Close()

		err := router.Run(ctx)
		if ctx.Err() != nil {
			return nil // it was told to stop, which it may report as an error of a handler that was yet to start
		}

		return err
	}, nil
}

// existing takes the consumer that is there.
func existing(c jetstream.Consumer) wmjetstream.ResourceInitializer {
	return func(
		context.Context, jetstream.JetStream, string,
	) (jetstream.Consumer, func(context.Context, watermill.LoggerAdapter), error) {
		return c, nil, nil
	}
}
