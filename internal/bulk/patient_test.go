package bulk_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/sandbox"
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
		Sealer: newOffice(t).sealer,
		Queue: bulk.Patient{
			Queue: jobs.NewPublisher(js, jobs.PublisherOptions{}), Pause: time.Millisecond,
			OnFull: func() {
				select {
				case full <- struct{}{}:
				default:
				}
			},
		},
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
			id := msg.Headers().Get(jetstream.MsgIDHeader)
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
