package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// A file larger than the queue goes through as workers make room, and each row once.
func TestAFullQueueIsWaitedFor(t *testing.T) {
	t.Parallel()

	const rows = 60

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{Programs: []string{"demo"}, MaxBytes: 16 << 10})
	require.NoError(t, err)

	consumer, err := js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo"))
	require.NoError(t, err)

	// The worker takes jobs only when it is told that the queue is full.
	full := make(chan struct{}, rows)
	taken := map[string]bool{}
	ctx, stop := context.WithCancel(t.Context())
	worker := make(chan error, 1)

	go func() { worker <- takeWhenFull(ctx, consumer, full, taken) }()

	file := strings.Builder{}
	file.WriteString("pan,exp_month,exp_year,email\n")

	for i := range rows {
		file.WriteString(sandbox.PAN(0, i) + ",12,2099,ana@example.com\n")
	}

	summary, err := bulk.Submit(t.Context(), source(file.String()), bulk.Destination{
		Sealer: newIntakeKey(t).sealer,
		Queue:  &bulk.RetryingQueue{Queue: notifyingQueue{jobs.NewPublisher(js, jobs.PublisherOptions{}), full}, Pause: time.Millisecond},
	}, bulk.Options{Program: "demo", Batch: "b1", BatchSize: 5, Now: today, RejectsPath: filepath.Join(t.TempDir(), "rejects.csv")})
	require.NoError(t, err)
	require.EqualValues(t, rows, summary.Published)
	require.Zero(t, summary.Duplicates)

	stop()
	require.NoError(t, <-worker)

	stream, err := js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	require.EqualValues(t, rows, uint64(len(taken))+stream.CachedInfo().State.Msgs)
	require.NotEmpty(t, taken, "it was full")
}

func takeWhenFull(ctx context.Context, consumer jetstream.Consumer, full <-chan struct{}, taken map[string]bool) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-full:
		}

		batch, err := consumer.FetchNoWait(10)
		if err != nil {
			return err
		}

		for msg := range batch.Messages() {
			id, _, _ := strings.Cut(msg.Headers().Get(jetstream.MsgIDHeader), "/")
			if taken[id] {
				return fmt.Errorf("job %s came twice", id)
			}

			taken[id] = true

			if err := msg.DoubleAck(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		}
	}
}

// notifyingQueue tells somebody that the queue is full.
type notifyingQueue struct {
	bulk.Queue

	full chan<- struct{}
}

func (q notifyingQueue) PublishBatch(ctx context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	receipt, err := q.Queue.PublishBatch(ctx, batch)

	if errors.Is(err, jobs.ErrQueueFull) {
		select {
		case q.full <- struct{}{}:
		default:
		}
	}

	return receipt, err
}

// A server that goes away in the middle of a file and comes back costs time, and no row.
func TestAServerThatGoesAwayIsWaitedFor(t *testing.T) {
	t.Parallel()

	const rows = 400

	options := stack.NATSOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0"}
	server, err := stack.StartNATS(t.Context(), options)
	require.NoError(t, err)

	nc, err := nats.Connect(server.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(nc.Close)

	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{})
	require.NoError(t, err)

	options.Listen = nc.ConnectedAddr()

	var (
		waits   []error
		answers int
	)

	stopped := make(chan struct{})
	stop := func() {
		defer close(stopped)

		server.Stop()
	}

	// Longer than a server needs for its start and a batch on a busy machine: another timeout would be another outage.
	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{AckTimeout: 5 * time.Second, RetryFor: 100 * time.Millisecond})
	queue := &bulk.RetryingQueue{
		Queue: &hookQueue{Queue: publisher, at: 5, before: stop},
		Pause: time.Millisecond,
		OnWait: func(reason error, _ time.Duration) {
			waits = append(waits, reason)

			<-stopped

			if server, err = stack.StartNATS(context.WithoutCancel(t.Context()), options); err != nil {
				t.Error(err)
			}
		},
		OnAnswer: func(after time.Duration) {
			answers++

			if after <= 0 {
				t.Error("it was away for some time")
			}
		},
	}

	summary, err := bulk.Submit(t.Context(), source(cards(rows)), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue},
		bulk.Options{Program: "demo", Batch: "b1", BatchSize: 20, Now: today, RejectsPath: filepath.Join(t.TempDir(), "rejects.csv")})
	require.NoError(t, err)
	t.Cleanup(server.Stop)

	require.EqualValues(t, rows*9/10, summary.Published+summary.Duplicates)
	require.Len(t, waits, 1, "said once")
	require.ErrorIs(t, waits[0], jobs.ErrNoAnswer)
	require.Equal(t, 1, answers)

	stream, err := js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	require.EqualValues(t, rows*9/10, stream.CachedInfo().State.Msgs)
}

// silentQueue is a queue that never answers.
type silentQueue struct{}

func (silentQueue) PublishBatch(context.Context, []jobs.Job) (jobs.Receipt, error) {
	return jobs.Receipt{}, fmt.Errorf("%w: no servers", jobs.ErrNoAnswer)
}

func TestPatienceHasAnEndWhenNobodyAnswers(t *testing.T) {
	t.Parallel()

	var said []time.Duration

	looks := 0
	queue := &bulk.RetryingQueue{
		Queue: silentQueue{}, Pause: time.Nanosecond, MaxOutage: 3 * time.Minute,
		OnWait: func(reason error, since time.Duration) {
			require.ErrorIs(t, reason, jobs.ErrNoAnswer)
			said = append(said, since.Truncate(time.Minute))
		},
		Now: func() time.Time {
			looks++
			return today().Add(time.Duration(looks) * time.Second)
		},
	}

	_, err := queue.PublishBatch(t.Context(), nil)
	require.ErrorIs(t, err, jobs.ErrNoAnswer)
	require.ErrorContains(t, err, "given up after 3m")
	require.Equal(t, []time.Duration{0, time.Minute, 2 * time.Minute}, said, "when it begins, and each minute")
}

func TestPatienceEndsWithTheContext(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	queue := &bulk.RetryingQueue{Queue: silentQueue{}, Pause: time.Hour, OnWait: func(error, time.Duration) { cancel() }}

	_, err := queue.PublishBatch(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// scriptedQueue is a queue that answers as it is told, one answer after the other, and takes every batch after that.
type scriptedQueue struct{ answers []error }

func (s *scriptedQueue) PublishBatch(context.Context, []jobs.Job) (jobs.Receipt, error) {
	if len(s.answers) == 0 {
		return jobs.Receipt{}, nil
	}

	answer := s.answers[0]
	s.answers = s.answers[1:]

	return jobs.Receipt{}, answer
}

// How long batches have waited is told of this wait, not of all since the first.
func TestAWaitEndsWhenTheQueueTakesABatch(t *testing.T) {
	t.Parallel()

	full, away := fmt.Errorf("%w (maximum bytes exceeded)", jobs.ErrQueueFull), fmt.Errorf("%w: no servers", jobs.ErrNoAnswer)

	type wait struct {
		reason error
		since  time.Duration
	}

	for name, c := range map[string]struct {
		first, second []error // answers to the batch now, and to that of two hours later
		want          []wait
	}{
		"full for a moment twice": {
			[]error{full}, []error{full},
			[]wait{{full, 0}, {full, 0}},
		},
		"away for a moment twice": {
			[]error{away}, []error{away},
			[]wait{{away, 0}, {away, 0}},
		},
		"full, and away two hours later": {
			[]error{full}, []error{away},
			[]wait{{full, 0}, {away, 0}},
		},
		"away, and full as soon as it is back": {
			[]error{away, full, full}, nil,
			[]wait{{away, 0}, {full, 0}},
		},
		"full, and away in between, which is a wait for room all along": {
			[]error{full, away, full}, nil,
			[]wait{{full, 0}, {away, 0}, {full, time.Minute}},
		},
		"full, two hours later and for longer": {
			[]error{full}, []error{full, full, full, full},
			[]wait{{full, 0}, {full, 0}, {full, time.Minute}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var waits []wait

				queue := &scriptedQueue{answers: c.first}
				patient := &bulk.RetryingQueue{Queue: queue, Pause: 30 * time.Second, OnWait: func(reason error, since time.Duration) {
					waits = append(waits, wait{reason, since})
				}}

				_, err := patient.PublishBatch(t.Context(), nil)
				require.NoError(t, err)
				<-time.After(2 * time.Hour) // of the bubble

				queue.answers = c.second
				_, err = patient.PublishBatch(t.Context(), nil)
				require.NoError(t, err)
				require.Equal(t, c.want, waits)
			})
		})
	}
}

// Beside workers that make room a queue is full for moments, again and again: that is said once a minute.
func TestAQueueThatIsFullNowAndThenIsToldOfOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration

		queue := &scriptedQueue{}
		patient := &bulk.RetryingQueue{Queue: queue, Pause: time.Second, OnWait: func(_ error, since time.Duration) {
			waits = append(waits, since)
		}}

		for range 150 { // seconds
			queue.answers = []error{jobs.ErrQueueFull}
			_, err := patient.PublishBatch(t.Context(), nil)
			require.NoError(t, err)
		}

		require.Equal(t, []time.Duration{0, 0, 0}, waits)
	})
}
