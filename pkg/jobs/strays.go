package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// strayIdle is after how long without a request the server removes the consumer of a stray subject.
const strayIdle = time.Minute

const strayConsumer = "enroll-strays-"

// Strays returns a lane for each subject that holds jobs and has no consumer, because no
// worker has ever been configured for its program or because it is that of none. Without
// these lanes such jobs would stay in the queue for ever and nobody would be told.
//
// A program that some worker was configured for keeps its consumer: its jobs wait for
// such a worker, also while there is none. Those of the topology are never strays, not even
// when their consumer was deleted. A subject that is a pattern gets no lane: its consumer would
// take, or stand in the way of, the jobs of others.
func Strays(ctx context.Context, js jetstream.JetStream, topology Topology) ([]Lane, error) {
	var lanes []Lane

	for _, from := range []struct{ stream, subjects string }{
		{StreamJobs, jobPrefix + ">"},
		{StreamRetry, duePrefix + ">"},
	} {
		stream, err := lookAt(ctx, js, from.stream)
		if err != nil {
			return nil, err
		}

		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(from.subjects))
		if err != nil {
			return nil, fmt.Errorf("listing the subjects of %s: %w", from.stream, err)
		}

		taken, err := taken(ctx, stream)
		if err != nil {
			return nil, err
		}

		taken = append(taken, topology.subjects(from.stream)...)

		for subject := range info.State.Subjects {
			if !slices.Contains(taken, subject) && literal(subject) {
				lanes = append(lanes, topology.stray(from.stream, subject))
			}
		}
	}

	return lanes, nil
}

// stray is the lane of a subject. All workers give its consumer the same name.
func (t Topology) stray(stream, subject string) Lane {
	const length = 8 // bytes of the digest

	digest := sha256.Sum256([]byte(subject))
	consumer := t.consumer(strayConsumer+hex.EncodeToString(digest[:length]), subject)
	consumer.InactiveThreshold = strayIdle

	return Lane{Stream: stream, Consumer: consumer}
}

// taken are the subjects for whose jobs a stream has a program's consumer.
func taken(ctx context.Context, stream jetstream.Stream) ([]string, error) {
	var subjects []string

	consumers, err := consumersOf(ctx, stream)
	for _, info := range consumers {
		if !strings.HasPrefix(info.Name, strayConsumer) {
			subjects = append(subjects, info.Config.FilterSubject)
		}
	}

	return subjects, err
}

// subjects are those of the topology's lanes on a stream.
func (t Topology) subjects(stream string) []string {
	var subjects []string

	for _, lane := range t.Lanes() {
		if lane.Stream == stream {
			subjects = append(subjects, lane.Consumer.FilterSubject)
		}
	}

	return subjects
}

// literal reports whether a subject stands for itself alone. The server takes messages whose subject is a pattern.
func literal(subject string) bool {
	return !slices.ContainsFunc(strings.Split(subject, "."), func(token string) bool { return token == "*" || token == ">" })
}

func consumersOf(ctx context.Context, stream jetstream.Stream) ([]*jetstream.ConsumerInfo, error) {
	var all []*jetstream.ConsumerInfo

	consumers := stream.ListConsumers(ctx)
	for info := range consumers.Info() {
		all = append(all, info)
	}

	if err := consumers.Err(); err != nil {
		return nil, fmt.Errorf("listing the consumers of %s: %w", stream.CachedInfo().Config.Name, err)
	}

	return all, nil
}
