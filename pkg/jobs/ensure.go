package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Drift is a difference between what is configured and what the server has.
type Drift struct {
	// Object is the stream, consumer or bucket; Setting is the server's name of the setting.
	Object, Setting string
	Have, Want      any
}

// String returns the drift as one line for a log.
func (d Drift) String() string {
	return fmt.Sprintf("%s: %s is %v, configured is %v", d.Object, d.Setting, d.Have, d.Want)
}

// Ensure creates the streams, consumers and the bucket that are missing.
// Nothing that exists is changed: where it differs from the topology, the
// difference is returned, because replicas, limits and ages are the operator's
// to change at a time of their choosing.
func Ensure(ctx context.Context, js jetstream.JetStream, topology Topology) ([]Drift, error) {
	var drifts []Drift

	for _, want := range topology.Streams() {
		have, err := ensureStream(ctx, js, want)
		if err != nil {
			return drifts, err
		}

		drifts = append(drifts, streamDrift(have, want)...)
	}

	for _, lane := range topology.Lanes() {
		have, err := EnsureLane(ctx, js, lane)
		if err != nil {
			return drifts, err
		}

		drifts = append(drifts, consumerDrift(have, lane.Consumer)...)
	}

	return drifts, ensureControl(ctx, js, topology)
}

// EnsureLane creates the consumer of a lane when it is missing, and returns how it is configured.
func EnsureLane(ctx context.Context, js jetstream.JetStream, lane Lane) (jetstream.ConsumerConfig, error) {
	config, err := ensureConsumer(ctx, js, lane)
	if !overlaps(err) || lane.Program == "" {
		return config, err
	}

	// The subject was a stray until a worker came that is configured for its program.
	stray := Topology{}.stray(lane.Stream, lane.Consumer.FilterSubject).Consumer.Durable
	if err := js.DeleteConsumer(ctx, lane.Stream, stray); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return config, fmt.Errorf("removing consumer %s of %s: %w", stray, lane.Stream, err)
	}

	return ensureConsumer(ctx, js, lane)
}

// codeOverlap is the server's error for two consumers of a work queue that would take the same messages.
const codeOverlap jetstream.ErrorCode = 10100

func overlaps(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == codeOverlap
}

func ensureStream(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig) (jetstream.StreamConfig, error) {
	stream, err := js.CreateStream(ctx, want)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		stream, err = js.Stream(ctx, want.Name)
	}

	if err != nil {
		return jetstream.StreamConfig{}, fmt.Errorf("creating stream %s: %w", want.Name, err)
	}

	return stream.CachedInfo().Config, nil
}

func ensureConsumer(ctx context.Context, js jetstream.JetStream, lane Lane) (jetstream.ConsumerConfig, error) {
	consumer, err := js.CreateConsumer(ctx, lane.Stream, lane.Consumer)
	if errors.Is(err, jetstream.ErrConsumerExists) || errors.Is(err, jetstream.ErrConsumerNameAlreadyInUse) {
		consumer, err = js.Consumer(ctx, lane.Stream, lane.Consumer.Durable)
	}

	if err != nil {
		return jetstream.ConsumerConfig{}, fmt.Errorf("creating consumer %s of %s: %w", lane.Consumer.Durable, lane.Stream, err)
	}

	return consumer.CachedInfo().Config, nil
}

func ensureControl(ctx context.Context, js jetstream.JetStream, topology Topology) error {
	_, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:      BucketControl,
		Description: "Word from operators to workers",
		Storage:     jetstream.FileStorage,
		Replicas:    topology.withDefaults().Replicas,
	})
	if err != nil && !errors.Is(err, jetstream.ErrBucketExists) {
		return fmt.Errorf("creating bucket %s: %w", BucketControl, err)
	}

	return nil
}

func streamDrift(have, want jetstream.StreamConfig) []Drift {
	return differences(want.Name, []setting{
		{"subjects", fmt.Sprint(have.Subjects), fmt.Sprint(want.Subjects)},
		{"retention", have.Retention, want.Retention},
		{"discard", have.Discard, want.Discard},
		{"max_bytes", limit(have.MaxBytes), limit(want.MaxBytes)},
		{"max_msg_size", limit(int64(have.MaxMsgSize)), limit(int64(want.MaxMsgSize))},
		{"max_age", have.MaxAge, want.MaxAge},
		{"storage", have.Storage, want.Storage},
		{"num_replicas", have.Replicas, want.Replicas},
		{"duplicate_window", have.Duplicates, want.Duplicates},
		{"allow_atomic", have.AllowAtomicPublish, want.AllowAtomicPublish},
		{"allow_msg_schedules", have.AllowMsgSchedules, want.AllowMsgSchedules},
		{"persist_mode", have.PersistMode, want.PersistMode},
	})
}

func consumerDrift(have, want jetstream.ConsumerConfig) []Drift {
	return differences(want.Durable, []setting{
		{"filter_subject", have.FilterSubject, want.FilterSubject},
		{"ack_policy", have.AckPolicy, want.AckPolicy},
		{"ack_wait", have.AckWait, want.AckWait},
		{"max_deliver", have.MaxDeliver, want.MaxDeliver},
		{"max_ack_pending", have.MaxAckPending, want.MaxAckPending},
		{"backoff", fmt.Sprint(have.BackOff), fmt.Sprint(want.BackOff)},
		{"inactive_threshold", have.InactiveThreshold, want.InactiveThreshold},
	})
}

type setting struct {
	name       string
	have, want any
}

func differences(object string, settings []setting) []Drift {
	var drifts []Drift

	for _, s := range settings {
		if s.have != s.want {
			drifts = append(drifts, Drift{Object: object, Setting: s.name, Have: s.have, Want: s.want})
		}
	}

	return drifts
}

// limit maps the server's two ways of saying "no limit" to one.
func limit(n int64) int64 {
	if n <= 0 {
		return -1
	}

	return n
}
