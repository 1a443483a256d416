package jobs_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// From one copy to three while jobs are published and taken; then the server that held the one copy is lost, and nothing with it.
func TestStreamsGetMoreCopiesWithoutAStop(t *testing.T) {
	t.Parallel()

	const total = 600

	cluster := stacktest.Cluster(t)
	js, err := jetstream.New(cluster.Connect(t))
	require.NoError(t, err)

	one := jobs.Topology{Programs: []string{"gold"}}
	_, err = jobs.Ensure(t.Context(), js, one)
	require.NoError(t, err)

	consumer, err := js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("gold"))
	require.NoError(t, err)

	var (
		taken     sync.Map
		count     atomic.Int64
		published sync.WaitGroup
		third     = make(chan struct{})
	)

	consume, err := consumer.Consume(func(m jetstream.Msg) {
		if m.Ack() == nil {
			if _, again := taken.LoadOrStore(string(m.Data()), true); !again {
				count.Add(1)
			}
		}
	})
	require.NoError(t, err)
	t.Cleanup(consume.Stop)

	published.Go(func() {
		for i := range total {
			if i == total/3 {
				close(third)
			}

			for { // a publisher repeats what was not acknowledged, under the same id
				_, err := js.Publish(t.Context(), jobs.Subject("gold"), []byte(strconv.Itoa(i)), jetstream.WithMsgID(strconv.Itoa(i)))
				if err == nil || t.Context().Err() != nil {
					break
				}
			}
		}
	})

	<-third

	three := jobs.Topology{Programs: []string{"gold"}, Replicas: 3}
	changes, err := jobs.TopologyChanges(t.Context(), js, three)
	require.NoError(t, err)
	require.Len(t, changes, 7, "four streams, the bucket, two consumers")

	var said []string

	for _, change := range changes {
		require.NotEmpty(t, change.Drifts)
		require.NoError(t, change.ApplyWith(t.Context(), func(progress string) { said = append(said, progress) }), change.Object)
	}

	for _, progress := range said {
		require.Regexp(t, `^([12] of 3 copies are filled(; \S+ (has \d+ steps to go|has begun|is not there))*|3 copies: waiting for a leader)$`, progress)
	}

	require.NotEmpty(t, said, "filling copies takes a while, of which something is told")

	eventually.True(t, func() bool {
		for _, name := range []string{jobs.StreamJobs, jobs.StreamRetry, jobs.StreamDead, jobs.StreamOutcomes} {
			stream, err := js.Stream(t.Context(), name)
			if err != nil || !hasCopies(stream.CachedInfo().Cluster, 3) {
				return false
			}
		}

		return true
	}, 3*time.Minute, 50*time.Millisecond)

	changes, err = jobs.TopologyChanges(t.Context(), js, three)
	require.NoError(t, err)
	require.Empty(t, changes)

	cluster.Stop(leaderOf(t, js, jobs.StreamJobs))

	published.Wait()
	eventually.True(t, func() bool { return count.Load() == total }, 3*time.Minute, 50*time.Millisecond)
}

func hasCopies(cluster *jetstream.ClusterInfo, copies int) bool {
	if cluster == nil || cluster.Leader == "" || len(cluster.Replicas) != copies-1 {
		return false
	}

	for _, peer := range cluster.Replicas {
		if !peer.Current {
			return false
		}
	}

	return true
}

func leaderOf(t *testing.T, js jetstream.JetStream, name string) string {
	t.Helper()

	stream, err := js.Stream(t.Context(), name)
	require.NoError(t, err)

	return stream.CachedInfo().Cluster.Leader
}

// What is not ours is left as it is, and what the server does not let change is told.
func TestChangesOfStreams(t *testing.T) {
	t.Parallel()

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)

	changes, err := jobs.TopologyChanges(t.Context(), js, jobs.Topology{Programs: []string{"gold"}})
	require.NoError(t, err)
	require.Empty(t, changes, "what is missing is made by workers")

	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{Programs: []string{"gold"}})
	require.NoError(t, err)

	stream, err := js.Stream(t.Context(), jobs.StreamOutcomes)
	require.NoError(t, err)

	config := stream.CachedInfo().Config
	config.Metadata = map[string]string{"owner": "payments"}
	_, err = js.UpdateStream(t.Context(), config)
	require.NoError(t, err)

	longer := jobs.Topology{Programs: []string{"gold"}, OutcomesMaxAge: 24 * time.Hour, MaxAckPending: 5, AckWait: time.Minute}
	changes, err = jobs.TopologyChanges(t.Context(), js, longer)
	require.NoError(t, err)

	var said []string
	for _, change := range changes {
		for _, drift := range change.Drifts {
			said = append(said, drift.String())
		}

		require.NoError(t, change.Apply(t.Context()))
	}

	require.Contains(t, said, "ENROLL_OUTCOMES: max_age is 168h0m0s, configured is 24h0m0s")
	require.Contains(t, said, "enroll-workers-gold: max_ack_pending is 10000, configured is 5")

	changes, err = jobs.TopologyChanges(t.Context(), js, longer)
	require.NoError(t, err)
	require.Empty(t, changes)

	stream, err = js.Stream(t.Context(), jobs.StreamOutcomes)
	require.NoError(t, err)
	require.Equal(t, "payments", stream.CachedInfo().Config.Metadata["owner"])

	// On a single server there is no place for three copies.
	changes, err = jobs.TopologyChanges(t.Context(), js, jobs.Topology{Replicas: 3})
	require.NoError(t, err)
	require.ErrorContains(t, changes[0].Apply(t.Context()), "changing stream ENROLL_JOBS: ")
}

// The server keeps a pause through an update, so that it would be told as changed, and the lane stand still.
func TestAPausedConsumerGoesOn(t *testing.T) {
	t.Parallel()

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)

	topology := jobs.Topology{Programs: []string{"gold"}}
	_, err = jobs.Ensure(t.Context(), js, topology)
	require.NoError(t, err)

	_, err = js.PauseConsumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("gold"), time.Now().Add(time.Hour))
	require.NoError(t, err)

	changes, err := jobs.TopologyChanges(t.Context(), js, topology)
	require.NoError(t, err)
	require.Len(t, changes, 1)
	require.NoError(t, changes[0].Apply(t.Context()))

	changes, err = jobs.TopologyChanges(t.Context(), js, topology)
	require.NoError(t, err)
	require.Empty(t, changes)
}
