package jobs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/jobs"
)

// setMaxDeliver is what an operator does.
func setMaxDeliver(t *testing.T, js jetstream.JetStream, stream, durable string, times int) {
	t.Helper()

	consumer, err := js.Consumer(t.Context(), stream, durable)
	require.NoError(t, err)

	config := consumer.CachedInfo().Config
	config.MaxDeliver = times
	_, err = js.UpdateConsumer(t.Context(), stream, config)
	require.NoError(t, err)
}

// strand has a consumer let go of n messages, by max_deliver 1 and back.
func strand(t *testing.T, js jetstream.JetStream, stream, durable string, n int) {
	t.Helper()

	setMaxDeliver(t, js, stream, durable, 1)

	consumer, err := js.Consumer(t.Context(), stream, durable)
	require.NoError(t, err)
	// A consumer hears of a message some time after the stream has taken it: what is not there yet is waited for.
	batch, err := consumer.Fetch(n, jetstream.FetchMaxWait(20*time.Second))
	require.NoError(t, err)

	handed := 0
	for msg := range batch.Messages() {
		require.NoError(t, msg.NakWithDelay(time.Millisecond))

		handed++
	}

	require.Equal(t, n, handed)

	eventually.True(t, func() bool {
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumAckPending == 0
	}, 20*time.Second, time.Millisecond)

	setMaxDeliver(t, js, stream, durable, -1)
}

func inspect(t *testing.T, js jetstream.JetStream, topology jobs.Topology) jobs.Inspection {
	t.Helper()

	found, err := jobs.Inspect(t.Context(), js, topology)
	require.NoError(t, err)

	return found
}

func TestStrandedMessagesAreSeenAndReleased(t *testing.T) {
	t.Parallel()

	gold := jobs.Topology{Programs: []string{"gold", "silver"}}

	for name, c := range map[string]struct {
		stream, durable, subject string
		lane                     func(jobs.ProgramBacklog) jobs.LaneBacklog
	}{
		"new jobs": {
			jobs.StreamJobs, jobs.ConsumerJobs("gold"), jobs.Subject("gold"),
			func(p jobs.ProgramBacklog) jobs.LaneBacklog { return p.Jobs },
		},
		"retries that are due": {
			jobs.StreamRetry, jobs.ConsumerDue("gold"), jobs.DueSubject("gold"),
			func(p jobs.ProgramBacklog) jobs.LaneBacklog { return p.Due },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			js := newQueue(t, gold)
			put(t, js, c.subject, c.subject, c.subject)
			strand(t, js, c.stream, c.durable, 2)

			var (
				before jobs.Inspection
				lane   jobs.LaneBacklog
			)

			eventually.True(t, func() bool { // a server counts what a consumer has pending a little later than it takes it
				before = inspect(t, js, gold)
				lane = c.lane(before.Backlog.Programs[0])

				return lane.Waiting == 1
			}, 20*time.Second, time.Millisecond)
			require.Equal(t, uint64(2), lane.Stranded)
			require.WithinDuration(t, time.Now(), lane.StrandedSince, time.Minute)
			require.Len(t, before.Stranded, 1)
			require.Empty(t, before.Drifts, "it was set back")
			require.Contains(t, before.Stranded[0].String(), "2 messages of "+c.subject)

			after := inspect(t, js, gold)
			require.True(t, after.Stranded[0].Still(before.Stranded[0]))

			// All workers do it at once.
			done := make(chan error)
			for range 8 {
				go func() { done <- after.Stranded[0].Release(context.WithoutCancel(t.Context()), js) }()
			}

			for range 8 {
				require.NoError(t, <-done)
			}

			released := inspect(t, js, gold)
			require.Empty(t, released.Stranded)

			// The server may have found the state of the consumer that was deleted under it: then some come when their time is up.
			lane = c.lane(released.Backlog.Programs[0])
			require.Equal(t, uint64(3), lane.Waiting+lane.Taken, "none is lost and none is doubled")
		})
	}
}

// What lies behind a message that was handed back for a while is counted at the second look, and brought back when that has ended.
func TestStrandedMessagesBehindOneInHandAreCounted(t *testing.T) {
	t.Parallel()

	gold := jobs.Topology{Programs: []string{"gold"}}
	js := newQueue(t, gold)
	put(t, js, jobs.Subject("gold"))

	consumer, err := js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("gold"))
	require.NoError(t, err)
	first, err := consumer.Next()
	require.NoError(t, err)
	require.NoError(t, first.InProgress())

	put(t, js, jobs.Subject("gold"), jobs.Subject("gold"))
	setMaxDeliver(t, js, jobs.StreamJobs, jobs.ConsumerJobs("gold"), 1)

	batch, err := consumer.Fetch(2)
	require.NoError(t, err)

	for msg := range batch.Messages() {
		require.NoError(t, msg.NakWithDelay(time.Millisecond))
	}

	eventually.True(t, func() bool {
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumAckPending == 1
	}, 20*time.Second, time.Millisecond)
	setMaxDeliver(t, js, jobs.StreamJobs, jobs.ConsumerJobs("gold"), -1)

	before := inspect(t, js, gold)
	require.Empty(t, before.Stranded)
	require.Empty(t, before.Confirm(jobs.Inspection{}).Stranded, "one look is not enough")

	now := inspect(t, js, gold).Confirm(before)
	require.Equal(t, uint64(2), now.Backlog.Programs[0].Jobs.Stranded)
	require.Len(t, now.Stranded, 1)
	require.False(t, now.Stranded[0].Still(before.Suspected[0]), "its consumer is not made anew while a job is in hand")

	// A message that comes meanwhile says nothing for certain.
	put(t, js, jobs.Subject("gold"))
	require.Empty(t, inspect(t, js, gold).Confirm(before).Stranded)

	require.NoError(t, first.DoubleAck(t.Context()))

	msg, err := consumer.Next()
	require.NoError(t, err)
	require.NoError(t, msg.DoubleAck(t.Context()))

	eventually.True(t, func() bool { return len(inspect(t, js, gold).Stranded) == 1 }, 20*time.Second, time.Millisecond)
}

// A message in a worker's hands, behind others that were worked on, is held by its consumer.
func TestWhatWorkersHoldIsNotStranded(t *testing.T) {
	t.Parallel()

	gold := jobs.Topology{Programs: []string{"gold"}}
	js := newQueue(t, gold)
	put(t, js, jobs.Subject("gold"), jobs.Subject("gold"), jobs.Subject("gold"))

	consumer, err := js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("gold"))
	require.NoError(t, err)
	batch, err := consumer.Fetch(3)
	require.NoError(t, err)

	var held []jetstream.Msg
	for msg := range batch.Messages() {
		held = append(held, msg)
	}

	require.NoError(t, held[0].DoubleAck(t.Context()))
	require.NoError(t, held[2].DoubleAck(t.Context()))

	found := inspect(t, js, gold)
	require.Empty(t, found.Stranded)
	require.Equal(t, uint64(1), found.Backlog.Programs[0].Jobs.Taken)
}

// A look that finds the consumer made anew meanwhile does not make it again: what workers have would be delivered twice for nothing.
func TestAConsumerMadeAnewIsLeftAlone(t *testing.T) {
	t.Parallel()

	gold := jobs.Topology{Programs: []string{"gold"}}
	js := newQueue(t, gold)
	put(t, js, jobs.Subject("gold"))
	strand(t, js, jobs.StreamJobs, jobs.ConsumerJobs("gold"), 1)

	seen := inspect(t, js, gold).Stranded[0]
	require.NoError(t, seen.Release(t.Context(), js))

	consumer, err := js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("gold"))
	require.NoError(t, err)

	created := consumer.CachedInfo().Created
	require.NoError(t, seen.Release(t.Context(), js))

	info, err := consumer.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, created, info.Created)
}

// The settings that an operator has chosen for a consumer outlive that it is made anew.
func TestReleaseKeepsTheConsumersSettings(t *testing.T) {
	t.Parallel()

	gold := jobs.Topology{Programs: []string{"gold"}}
	js := newQueue(t, gold)
	put(t, js, jobs.Subject("gold"))

	consumer, err := js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("gold"))
	require.NoError(t, err)

	config := consumer.CachedInfo().Config
	config.MaxAckPending = 77
	_, err = js.UpdateConsumer(t.Context(), jobs.StreamJobs, config)
	require.NoError(t, err)

	strand(t, js, jobs.StreamJobs, jobs.ConsumerJobs("gold"), 1)

	found := inspect(t, js, gold)
	require.Equal(t, "enroll-workers-gold: max_ack_pending is 77, configured is 10000", fmt.Sprint(found.Drifts[0]))
	require.NoError(t, found.Stranded[0].Release(t.Context(), js))

	info, err := consumer.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, 77, info.Config.MaxAckPending)
	require.Equal(t, uint64(1), info.NumPending)
}

// Messages on a subject with a wildcard in it, which no consumer can be made for, are at least counted.
func TestMessagesThatNoConsumerTakesAreCounted(t *testing.T) {
	t.Parallel()

	gold := jobs.Topology{Programs: []string{"gold"}}
	js := newQueue(t, gold)
	put(t, js, jobs.Subject("gold"), "enroll.jobs.*", "enroll.jobs.>", jobs.Subject("glod"))

	// A consumer counts a message some time after the stream has taken it.
	eventually.True(t, func() bool {
		backlog := inspect(t, js, gold).Backlog

		return backlog.Patterns == 2 && backlog.Orphans == 1 && backlog.Programs[0].Jobs.Waiting == 1
	}, 30*time.Second, 10*time.Millisecond)
}
