package cli_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/pkg/jobs"
)

// queue is what an operator with the nats command reaches.
func (s *system) queue() jetstream.JetStream {
	s.t.Helper()

	nc, err := nats.Connect(strings.TrimPrefix(s.env[0], "ENROLL_NATS_URL="))
	require.NoError(s.t, err)
	s.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(s.t, err)

	return js
}

// The API has asked for an hour. The operator knows better.
func TestResumeLiftsWhatTheAPIAskedFor(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	worker := s.worker("w")
	bucket := control.New(s.queue())
	require.NoError(t, bucket.CoolDown(t.Context(), control.CoolDown{Program: "demo", Until: time.Now().Add(time.Hour), By: "other"}))
	worker.says(t, "cooling down with the other workers")
	s.send("b1", 3)

	require.Contains(t, s.becomes("w, demo: cooling down until"), "to lift it: submit resume demo --cool-down")

	out := s.fails("demo: nothing was paused by that name", "resume", "demo")
	require.Contains(t, out, "as the API asked worker other; --cool-down lifts it")

	require.Contains(t, s.submit("resume", "--all", "--cool-down"), "it ends at all workers within seconds")
	worker.says(t, "lifted by an operator")
	s.becomes("3 settled", "b1")
	require.NotContains(t, s.submit("status"), "cools down")
	require.Contains(t, s.submit("resume", "demo", "--cool-down"), "no pause that the API asked for was known")
}

// An operator has set max_deliver to 1 and back, and max_ack_pending for good.
func TestStatusShowsWhatNoConsumerDelivers(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	js := s.queue()
	_, err := jobs.Ensure(t.Context(), js, jobs.Topology{Programs: []string{"demo"}})
	require.NoError(t, err)
	s.send("b1", 3)

	consumer, err := js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo"))
	require.NoError(t, err)

	config := consumer.CachedInfo().Config
	config.MaxDeliver, config.MaxAckPending = 1, 77
	_, err = js.UpdateConsumer(t.Context(), jobs.StreamJobs, config)
	require.NoError(t, err)

	batch, err := consumer.Fetch(2)
	require.NoError(t, err)

	for msg := range batch.Messages() {
		require.NoError(t, msg.NakWithDelay(time.Millisecond))
	}

	out := s.becomes("2  messages that no consumer delivers")
	require.Contains(t, out, "1  jobs waiting")
	require.Contains(t, out, "2 messages are in the queue that enroll-workers-demo does not deliver")

	config.MaxDeliver = -1
	_, err = js.UpdateConsumer(t.Context(), jobs.StreamJobs, config)
	require.NoError(t, err)

	worker := s.worker("w")
	worker.says(t, "max_ack_pending is 77, configured is 10000")
	require.Contains(t, s.becomes("the queue differs from the workers' settings"), "enroll-workers-demo: max_ack_pending is 77, configured is 10000 (w)")
	worker.says(t, "its consumer is made anew")
	s.becomes("3 settled", "b1")
	require.NotContains(t, s.submit("status"), "no consumer delivers")
}

// present has a worker of this name tell that it is there: one of another version, or something that is none. No worker of this
// version takes every name.
func (s *system) present(name string) {
	s.t.Helper()

	bucket := control.New(s.queue())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})

	go func() {
		defer close(ended)

		bucket.Announce(ctx, nil, func() control.Presence { return control.Presence{Worker: name} }, slog.New(slog.DiscardHandler))
	}()

	s.t.Cleanup(func() {
		cancel()
		<-ended
	})
}
