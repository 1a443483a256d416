package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go/jetstream"
)

// A TopologyChange makes one stream or consumer as the topology has it.
type TopologyChange struct {
	// Object is the stream, consumer or bucket.
	Object string
	// Drifts are what is changed; at least one.
	Drifts []Drift

	apply func(ctx context.Context, tell func(progress string)) error
}

// Apply makes the change. What the topology does not speak of stays as it is, such as the placement of a stream. What the server
// does not let change, as the kind of storage, is its error. Jobs are published and taken meanwhile.
func (c TopologyChange) Apply(ctx context.Context) error { return c.apply(ctx, func(string) {}) }

// ApplyWith is Apply, which tells how far it is where that takes long: copies have to be filled.
func (c TopologyChange) ApplyWith(ctx context.Context, tell func(progress string)) error {
	return c.apply(ctx, tell)
}

// TopologyChanges returns what would make streams, consumers and the bucket that are there as the topology has them, in the order
// in which it is to be done: streams before their consumers. What is missing is not among them: workers make it. It changes
// nothing itself.
func TopologyChanges(ctx context.Context, js jetstream.JetStream, topology Topology) ([]TopologyChange, error) {
	var changes []TopologyChange

	wanted := append(topology.Streams(), jetstream.StreamConfig{
		Name: controlStream, Storage: jetstream.FileStorage, Replicas: topology.withDefaults().Replicas,
	})

	for _, want := range wanted {
		change, err := streamChange(ctx, js, want, topology)
		if err != nil {
			return nil, err
		}

		changes = append(changes, change...)
	}

	for _, lane := range topology.Lanes() {
		change, err := consumerChange(ctx, js, lane)
		if err != nil {
			return nil, err
		}

		changes = append(changes, change...)
	}

	return changes, nil
}

// streamChange is none where the stream is missing, or as it should be.
func streamChange(
	ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig, topology Topology,
) ([]TopologyChange, error) {
	stream, err := lookAt(ctx, js, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}

	if err != nil {
		return nil, err
	}

	config := stream.CachedInfo().Config
	drifts := streamDrift(config, want)

	if want.Name == controlStream {
		drifts = controlDrift(config, topology)
	} else {
		config = withStream(config, want)
	}

	config.Storage, config.Replicas = want.Storage, want.Replicas

	if len(drifts) == 0 {
		return nil, nil
	}

	return []TopologyChange{{want.Name, drifts, func(ctx context.Context, tell func(string)) error {
		explain := Unanswered(js)
		if _, err := retryPlacement(ctx, func() (jetstream.Stream, error) { return js.UpdateStream(ctx, config) }); err != nil {
			return fmt.Errorf("changing stream %s: %w", want.Name, explain(err))
		}

		return awaitCopies(ctx, js, want.Name, want.Replicas, tell)
	}}}, nil
}

// awaitCopies returns when a stream has its number of copies, and all are up to date. It tells when another one is, and now and
// then how much is to be copied.
func awaitCopies(ctx context.Context, js jetstream.JetStream, name string, copies int, tell func(string)) error {
	told, looks := "", 0

	return repeated(ctx, backoff.WithContext(backoff.NewConstantBackOff(copiesInterval), ctx), func() error {
		stream, err := lookAt(ctx, js, name)
		if err != nil {
			return err
		}

		info := stream.CachedInfo()
		if info.Config.Replicas == copies && (copies <= 1 || haveCopies(info.Cluster, copies)) {
			return nil
		}

		said := filled(info, copies)
		if looks++; said != told && looks%looksBetweenWords == 1 {
			told = said
			tell(said)
		}

		return fmt.Errorf("stream %s has not all of its %d copies yet", name, copies)
	})
}

// looksBetweenWords are those between two words on how far it is: two seconds.
const looksBetweenWords = 10

// filled says how many copies are up to date, and what the others lack.
func filled(info *jetstream.StreamInfo, copies int) string {
	if info.Cluster == nil || info.Cluster.Leader == "" {
		return fmt.Sprintf("%d copies: waiting for a leader", copies)
	}

	current, lacking := 1, ""

	for _, peer := range info.Cluster.Replicas {
		switch {
		case peer.Offline:
			lacking += fmt.Sprintf("; %s is not there", peer.Name)
		case peer.Current:
			current++
		case peer.Lag > 0:
			lacking += fmt.Sprintf("; %s has %d steps to go", peer.Name, peer.Lag)
		default:
			lacking += fmt.Sprintf("; %s has begun", peer.Name)
		}
	}

	return fmt.Sprintf("%d of %d copies are filled%s", current, copies, lacking)
}

// copiesInterval is how often copies that are being filled are looked at.
const copiesInterval = 200 * time.Millisecond

func haveCopies(cluster *jetstream.ClusterInfo, copies int) bool {
	return cluster != nil && cluster.Leader != "" && len(cluster.Replicas) == copies-1 &&
		!slices.ContainsFunc(cluster.Replicas, func(peer *jetstream.PeerInfo) bool { return peer.Offline || !peer.Current })
}

// repeated does something until it succeeds. When the context ends first, the error is that of the last try.
func repeated(ctx context.Context, pauses backoff.BackOff, try func() error) error {
	var last error

	err := backoff.Retry(func() error {
		last = try()
		return last
	}, pauses)
	if err != nil && ctx.Err() != nil {
		return errors.Join(last, ctx.Err())
	}

	return err
}

// withStream is a stream's configuration with all that streamDrift compares.
func withStream(have, want jetstream.StreamConfig) jetstream.StreamConfig {
	have.Subjects, have.Retention, have.Discard = want.Subjects, want.Retention, want.Discard
	have.MaxBytes, have.MaxMsgs, have.MaxMsgsPerSubject = want.MaxBytes, want.MaxMsgs, want.MaxMsgsPerSubject
	have.MaxMsgSize, have.MaxConsumers, have.MaxAge = want.MaxMsgSize, want.MaxConsumers, want.MaxAge
	have.Duplicates, have.NoAck, have.Sealed = want.Duplicates, want.NoAck, want.Sealed
	have.AllowAtomicPublish, have.AllowMsgSchedules = want.AllowAtomicPublish, want.AllowMsgSchedules
	have.AllowRollup, have.PersistMode = want.AllowRollup, want.PersistMode

	return have
}

// consumerChange is none where the consumer is missing, or as it should be.
func consumerChange(ctx context.Context, js jetstream.JetStream, lane Lane) ([]TopologyChange, error) {
	explain := Unanswered(js)
	name := lane.Consumer.Durable

	consumer, err := js.Consumer(ctx, lane.Stream, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}

	if err != nil {
		return nil, fmt.Errorf("looking for consumer %s of %s: %w", name, lane.Stream, explain(err))
	}

	have := consumer.CachedInfo()

	drifts := consumerDrift(have, lane.Consumer)
	if len(drifts) == 0 {
		return nil, nil
	}

	return []TopologyChange{{name, drifts, func(ctx context.Context, _ func(string)) error {
		explain := Unanswered(js)

		// The server that is asked may not know yet that the stream has more copies.
		const tries = 50

		pauses := backoff.WithMaxRetries(backoff.NewConstantBackOff(copiesInterval), tries)

		return repeated(ctx, backoff.WithContext(pauses, ctx), func() error {
			_, err := js.UpdateConsumer(ctx, lane.Stream, withConsumer(have.Config, lane.Consumer))
			if err == nil && have.Paused {
				_, err = js.ResumeConsumer(ctx, lane.Stream, name) // an update leaves a pause as it is
			}

			if err == nil {
				return nil
			}

			err = fmt.Errorf("changing consumer %s of %s: %w", name, lane.Stream, explain(err))
			if !isCode(err, codeTooManyCopies) {
				return backoff.Permanent(err)
			}

			return err
		})
	}}}, nil
}

// codeTooManyCopies is the server's error for a consumer with more copies than its stream.
const codeTooManyCopies jetstream.ErrorCode = 10126

// withConsumer is a consumer's configuration with all that consumerDrift compares.
func withConsumer(have, want jetstream.ConsumerConfig) jetstream.ConsumerConfig {
	have.FilterSubject, have.FilterSubjects = want.FilterSubject, want.FilterSubjects
	have.AckPolicy, have.AckWait = want.AckPolicy, want.AckWait
	have.MaxDeliver, have.MaxAckPending = want.MaxDeliver, want.MaxAckPending
	have.BackOff, have.InactiveThreshold, have.HeadersOnly = want.BackOff, want.InactiveThreshold, want.HeadersOnly
	have.MaxRequestBatch, have.MaxRequestMaxBytes = want.MaxRequestBatch, want.MaxRequestMaxBytes
	have.MaxRequestExpires, have.Replicas = want.MaxRequestExpires, want.Replicas

	return have
}
