package jobs_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/jobs"
)

// within is a context with a span of a caller's.
func within(t *testing.T, traceparent string) context.Context {
	t.Helper()

	of := spans.Parse(traceparent)
	require.True(t, of.IsValid())

	return trace.ContextWithSpanContext(t.Context(), of)
}

func traceparentOf(t *testing.T, js jetstream.JetStream, sequence uint64) string {
	t.Helper()

	stream, err := js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	msg, err := stream.GetMsg(t.Context(), sequence)
	require.NoError(t, err)

	return msg.Header.Get("traceparent")
}

// A caller that traces needs to set nothing: its span goes along. One whose digits pass for a card number would have the job
// refused, and stays behind.
func TestTheCallersTraceGoesAlong(t *testing.T) {
	t.Parallel()

	const theirs, alike = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-00000000000000005204731600014784-00f067aa0ba902b7-01"

	js := newQueue(t, jobs.Topology{})
	sealer := newSealer(t, newKey(t))
	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{})

	_, err := publisher.Publish(within(t, theirs), sealedJob(t, sealer, "one"))
	require.NoError(t, err)
	require.Equal(t, theirs, traceparentOf(t, js, 1))

	_, err = publisher.PublishBatch(within(t, theirs), []jobs.Job{sealedJob(t, sealer, "two"), sealedJob(t, sealer, "three")})
	require.NoError(t, err)
	require.Equal(t, theirs, traceparentOf(t, js, 2))
	require.Equal(t, theirs, traceparentOf(t, js, 3))

	_, err = publisher.Publish(within(t, alike), sealedJob(t, sealer, "four"))
	require.NoError(t, err)
	require.Empty(t, traceparentOf(t, js, 4))

	_, err = publisher.Publish(t.Context(), sealedJob(t, sealer, "five"))
	require.NoError(t, err)
	require.Empty(t, traceparentOf(t, js, 5))
}
