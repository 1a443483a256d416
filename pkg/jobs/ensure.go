package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Ensure creates the streams, consumers and the bucket that are missing.
// Nothing that exists is changed: where it differs from the topology, the
// difference is returned, because replicas, limits and ages are the operator's
// to change at a time of their choosing. It looks before it creates: what is there
// needs no right to create, and costs a cluster no agreement, as even the creation
// of what exists does. What cannot be placed, as servers of a cluster are away, is tried
// for up to 15 s.
func Ensure(ctx context.Context, js jetstream.JetStream, topology Topology) ([]Drift, error) {
	var drifts []Drift

	for _, want := range topology.Streams() {
		have, err := retryPlacement(ctx, func() (jetstream.StreamConfig, error) { return ensureStream(ctx, js, want) })
		if err != nil {
			return drifts, err
		}

		drifts = append(drifts, streamDrift(have, want)...)
	}

	for _, lane := range topology.Lanes() {
		have, err := retryPlacement(ctx, func() (*jetstream.ConsumerInfo, error) { return EnsureLane(ctx, js, lane) })
		if err != nil {
			return drifts, err
		}

		drifts = append(drifts, consumerDrift(have, lane.Consumer)...)
	}

	bucket, err := retryPlacement(ctx, func() ([]Drift, error) { return ensureControl(ctx, js, topology) })

	return append(drifts, bucket...), err
}

// EnsureLane creates the consumer of a lane when it is missing, and returns how it stands. Unlike Ensure, it tries once.
func EnsureLane(ctx context.Context, js jetstream.JetStream, lane Lane) (*jetstream.ConsumerInfo, error) {
	info, err := ensureConsumer(ctx, js, lane)
	if !isCode(err, codeOverlap) || lane.Program == "" {
		return info, err
	}

	// The subject was an orphan until a worker came that is configured for its program.
	explain := Unanswered(js)
	orphan := Topology{}.orphan(lane.Stream, lane.Consumer.FilterSubject).Consumer.Durable
	if err := js.DeleteConsumer(ctx, lane.Stream, orphan); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil, fmt.Errorf("removing consumer %s of %s: %w", orphan, lane.Stream, explain(err))
	}

	return ensureConsumer(ctx, js, lane)
}

// codeOverlap is the server's error for two consumers of a work queue that would take the same messages.
const codeOverlap jetstream.ErrorCode = 10100

// isCode reports whether an error is the server's, with a code.
func isCode(err error, code jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == code
}

func ensureStream(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig) (jetstream.StreamConfig, error) {
	explain := Unanswered(js)

	stream, err := js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another worker was faster, with other settings
			stream, err = js.Stream(ctx, want.Name)
		}

		if err != nil {
			return jetstream.StreamConfig{}, fmt.Errorf("creating stream %s, which is missing: %w", want.Name, explain(err))
		}
	}

	if err != nil {
		return jetstream.StreamConfig{}, fmt.Errorf("looking for stream %s: %w", want.Name, explain(err))
	}

	return stream.CachedInfo().Config, nil
}

func ensureConsumer(ctx context.Context, js jetstream.JetStream, lane Lane) (*jetstream.ConsumerInfo, error) {
	explain := Unanswered(js)

	consumer, err := js.Consumer(ctx, lane.Stream, lane.Consumer.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		consumer, err = js.CreateConsumer(ctx, lane.Stream, lane.Consumer)
		if errors.Is(err, jetstream.ErrConsumerExists) || errors.Is(err, jetstream.ErrConsumerNameAlreadyInUse) {
			consumer, err = js.Consumer(ctx, lane.Stream, lane.Consumer.Durable)
		}

		if err != nil {
			return nil, fmt.Errorf("creating consumer %s of %s, which is missing: %w",
				lane.Consumer.Durable, lane.Stream, explain(err))
		}
	}

	if err != nil {
		return nil, fmt.Errorf("looking for consumer %s of %s: %w", lane.Consumer.Durable, lane.Stream, explain(err))
	}

	return consumer.CachedInfo(), nil
}

func ensureControl(ctx context.Context, js jetstream.JetStream, topology Topology) ([]Drift, error) {
	explain := Unanswered(js)

	have, err := js.Stream(ctx, controlStream)
	if err == nil {
		return controlDrift(have.CachedInfo().Config, topology), nil
	}

	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("looking for bucket %s: %w", BucketControl, explain(err))
	}

	_, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:      BucketControl,
		Description: "Word from operators to workers",
		Storage:     jetstream.FileStorage,
		Replicas:    topology.withDefaults().Replicas,
	})
	if err != nil && !errors.Is(err, jetstream.ErrBucketExists) {
		return nil, fmt.Errorf("creating bucket %s, which is missing: %w", BucketControl, explain(err))
	}

	return nil, nil
}

// controlStream is the stream of the bucket (ADR-8 of NATS).
const controlStream = "KV_" + BucketControl

func controlDrift(have jetstream.StreamConfig, topology Topology) []Drift {
	return differences(BucketControl, []setting{
		{"storage", have.Storage, jetstream.FileStorage},
		{"num_replicas", have.Replicas, topology.withDefaults().Replicas},
	})
}
