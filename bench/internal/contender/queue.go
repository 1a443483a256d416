package contender

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/pkg/jobs"
)

const (
	publishBatch = 250
	// outstanding lets the consumer hand out as many messages as are worked on, and as many again.
	outstanding = 10_000
)

func topology() jobs.Topology {
	return jobs.Topology{Programs: []string{devkeys.Program}, Replicas: 1, MaxAckPending: outstanding}
}

func (s Setup) connect() (*nats.Conn, jetstream.JetStream, error) {
	nc, err := nats.Connect(s.NATS)
	if err != nil {
		return nil, nil, fmt.Errorf("connecting to NATS: %w", err)
	}

	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()

		return nil, nil, fmt.Errorf("using JetStream: %w", err)
	}

	return nc, js, nil
}

// fillQueue makes the project's streams and consumers and publishes the jobs.
func fillQueue(ctx context.Context, s Setup, sealed []jobs.Job) error {
	nc, js, err := s.connect()
	if err != nil {
		return err
	}
	defer nc.Close()

	if _, err := jobs.Ensure(ctx, js, topology()); err != nil {
		return err
	}

	for _, lane := range topology().Lanes() {
		if _, err := jobs.EnsureLane(ctx, js, lane); err != nil {
			return err
		}
	}

	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{})

	for batch := range slices.Chunk(sealed, publishBatch) {
		if _, err := publisher.PublishBatch(ctx, batch); err != nil {
			return err
		}
	}

	return nil
}

// open makes what a contender that takes jobs from NATS works with.
func (s Setup) open(ctx context.Context) (*handler, *nats.Conn, jetstream.Consumer, error) {
	h, err := s.handler(ctx)
	if err != nil {
		return nil, nil, nil, err
	}

	nc, js, err := s.connect()
	if err != nil {
		return nil, nil, nil, err
	}

	c, err := consumer(ctx, js)

	return h, nc, c, err
}

// consumer is the durable pull consumer of new jobs, the one that the product uses.
func consumer(ctx context.Context, js jetstream.JetStream) (jetstream.Consumer, error) {
	found, err := js.Consumer(ctx, jobs.StreamJobs, jobs.ConsumerJobs(devkeys.Program))
	if err != nil {
		return nil, fmt.Errorf("looking for the consumer: %w", err)
	}

	return found, nil
}
