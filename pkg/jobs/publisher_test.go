package jobs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/jobs"
)

func TestEnsureCreatesOnceAndReportsWhatDiffers(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{Programs: []string{"demo"}})

	drifts, err := jobs.Ensure(t.Context(), js, jobs.Topology{Programs: []string{"demo"}})
	require.NoError(t, err)
	require.Empty(t, drifts, "a second time changes and reports nothing")

	drifts, err = jobs.Ensure(t.Context(), js, jobs.Topology{Programs: []string{"demo"}, MaxBytes: 1 << 20, AckWait: time.Minute})
	require.NoError(t, err)
	require.Len(t, drifts, 3)
	require.Equal(t, "ENROLL_JOBS: max_bytes is 17179869184, configured is 1048576", drifts[0].String())

	stream, err := js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	require.EqualValues(t, 16<<30, stream.CachedInfo().Config.MaxBytes, "left as it was")
}

func TestPublishCountsDuplicates(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{})
	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{})
	job := sealedJob(t, newSealer(t, newKey(t)), "job-1")

	receipt, err := publisher.Publish(t.Context(), job)
	require.NoError(t, err)
	require.Equal(t, jobs.Receipt{Stored: 1}, receipt)

	receipt, err = publisher.Publish(t.Context(), job)
	require.NoError(t, err)
	require.Equal(t, jobs.Receipt{Duplicates: 1}, receipt)
	require.Equal(t, jobs.Receipt{Stored: 1, Duplicates: 1}, publisher.Receipt())
	require.EqualValues(t, 1, stored(t, js))
}

func TestPublishRefusesABrokenJob(t *testing.T) {
	t.Parallel()

	publisher := jobs.NewPublisher(newQueue(t, jobs.Topology{}), jobs.PublisherOptions{})

	var problem *jobs.Problem

	_, err := publisher.Publish(t.Context(), jobs.Job{ID: "a", Program: "demo"})
	require.ErrorAs(t, err, &problem)
	require.Equal(t, "sealed", problem.Field)
}

func TestPublishBatch(t *testing.T) {
	t.Parallel()

	sealer := newSealer(t, newKey(t))
	numbered := func(from, to int) []jobs.Job {
		var batch []jobs.Job
		for i := from; i < to; i++ {
			batch = append(batch, sealedJob(t, sealer, fmt.Sprintf("job-%d", i)))
		}

		return batch
	}

	for name, c := range map[string]struct {
		before, batch []jobs.Job
		want          jobs.Receipt
		stored        int
	}{
		"nothing":                      {nil, nil, jobs.Receipt{}, 0},
		"one":                          {nil, numbered(0, 1), jobs.Receipt{Stored: 1}, 1},
		"all new":                      {nil, numbered(0, 100), jobs.Receipt{Stored: 100}, 100},
		"some seen: falls back":        {numbered(10, 13), numbered(0, 20), jobs.Receipt{Stored: 17, Duplicates: 3}, 20},
		"all seen":                     {numbered(0, 5), numbered(0, 5), jobs.Receipt{Duplicates: 5}, 5},
		"the same id twice in a batch": {nil, append(numbered(0, 5), numbered(4, 5)...), jobs.Receipt{Stored: 5, Duplicates: 1}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			js := newQueue(t, jobs.Topology{})
			publisher := jobs.NewPublisher(js, jobs.PublisherOptions{})

			_, err := publisher.PublishBatch(t.Context(), c.before)
			require.NoError(t, err)
			receipt, err := publisher.PublishBatch(t.Context(), c.batch)
			require.NoError(t, err)
			require.Equal(t, c.want, receipt)
			require.EqualValues(t, c.stored, stored(t, js))
		})
	}
}

func TestAFullStreamIsReported(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{MaxBytes: 4096})
	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{RetryFor: 5 * time.Second})
	sealer := newSealer(t, newKey(t))

	var err error
	for i := 0; err == nil && i < 10; i++ {
		_, err = publisher.Publish(t.Context(), sealedJob(t, sealer, fmt.Sprintf("job-%d", i)))
	}

	require.ErrorIs(t, err, jobs.ErrQueueFull)

	_, err = publisher.PublishBatch(t.Context(), []jobs.Job{sealedJob(t, sealer, "x"), sealedJob(t, sealer, "y")})
	require.ErrorIs(t, err, jobs.ErrQueueFull)
}

// A server that goes away and comes back while a job is published costs time, not the job.
func TestPublishOutlastsARestart(t *testing.T) {
	t.Parallel()

	options := stack.NATSOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0"}
	server, err := stack.StartNATS(t.Context(), options)
	require.NoError(t, err)

	nc, err := nats.Connect(server.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(nc.Close)

	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{})
	require.NoError(t, err)

	options.Listen = nc.ConnectedAddr()
	server.Stop()

	sealer := newSealer(t, newKey(t))
	batch := []jobs.Job{sealedJob(t, sealer, "a"), sealedJob(t, sealer, "b")}
	published := make(chan error, 1)

	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()

		_, err := jobs.NewPublisher(js, jobs.PublisherOptions{AckTimeout: 200 * time.Millisecond}).
			PublishBatch(ctx, batch)
		published <- err
	}()

	server, err = stack.StartNATS(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	require.NoError(t, <-published)
	require.EqualValues(t, 2, stored(t, js))
}

func TestNoAnswerIsReportedInTheEnd(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{})
	require.NoError(t, js.DeleteStream(t.Context(), jobs.StreamJobs))

	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{RetryFor: 100 * time.Millisecond})
	_, err := publisher.Publish(t.Context(), sealedJob(t, newSealer(t, newKey(t)), "a"))
	require.ErrorIs(t, err, jetstream.ErrNoStreamResponse)
}

// What the queue has lost it may still take for a duplicate: sent again under another text it is stored, once.
func TestWhatTheQueueHasLostIsStoredAgain(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{})
	job := sealedJob(t, newSealer(t, newKey(t)), "a")
	publish := func(again string) jobs.Receipt {
		receipt, err := jobs.NewPublisher(js, jobs.PublisherOptions{Again: again}).Publish(t.Context(), job)
		require.NoError(t, err)

		return receipt
	}

	require.Equal(t, jobs.Receipt{Stored: 1}, publish(""))

	stream, err := js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))

	require.Equal(t, jobs.Receipt{Duplicates: 1}, publish(""))
	require.Equal(t, jobs.Receipt{Stored: 1}, publish("1"))
	require.Equal(t, jobs.Receipt{Duplicates: 1}, publish("1"))
	require.EqualValues(t, 1, stored(t, js))
}

func TestSubjects(t *testing.T) {
	t.Parallel()

	require.Equal(t, "enroll.jobs.demo", jobs.Subject("demo"))
	require.Equal(t, "enroll.retry.demo.a==b", jobs.RetrySubject("demo", "a..b"), "no empty token")
	require.Equal(t, "enroll.dead.demo.a==b=c", jobs.DeadSubject("demo", "a..b.c"), "one token")
	require.Equal(t, "enroll.dead.demo", jobs.OldDeadSubject("demo"))
	require.Equal(t, []string{"enroll.dead.demo", "enroll.dead.demo.*"}, jobs.DeadSubjects("demo"))
	require.Equal(t, []string{"enroll.dead.>"}, jobs.DeadSubjects(""))
	require.Equal(t, "enroll.outcomes.demo.enrolled", jobs.OutcomeSubject("demo", "enrolled"))

	for subject, want := range map[string]string{
		"enroll.jobs.demo": "demo", "enroll.due.demo": "demo", "enroll.dead.demo": "", "enroll.dead.demo.a": "", "enroll.jobs.a.b": "", "enroll.jobs.": "",
	} {
		program, ok := jobs.ProgramOf(subject)
		require.Equal(t, want, program)
		require.Equal(t, want != "", ok)
	}
}

func stored(t *testing.T, js jetstream.JetStream) uint64 {
	t.Helper()

	stream, err := js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)

	return stream.CachedInfo().State.Msgs
}
