package jobs_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// refusedStreams tells of streams that could not be created.
type refusedStreams struct {
	jetstream.JetStream

	told func(error)
}

func (r refusedStreams) CreateStream(ctx context.Context, config jetstream.StreamConfig) (jetstream.Stream, error) {
	stream, err := r.JetStream.CreateStream(ctx, config)
	if err != nil {
		r.told(err)
	}

	return stream, err
}

// A worker that starts beside a cluster waits for the server that is not there yet.
func TestTheTopologyIsMadeWhenAllServersAreThere(t *testing.T) {
	t.Parallel()

	const late = "node-2"

	for name, c := range map[string]struct {
		told func(cluster *stacktest.NATSCluster, stop context.CancelFunc)
		want error
		said string
	}{
		"they come":             {func(cluster *stacktest.NATSCluster, _ context.CancelFunc) { cluster.Start(t, late) }, nil, ""},
		"the worker is to stop": {func(_ *stacktest.NATSCluster, stop context.CancelFunc) { stop() }, context.Canceled, "no suitable peers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			ctx, stop := context.WithCancel(t.Context())
			defer stop()

			cluster := stacktest.Cluster(t, late)
			js, err := jetstream.New(cluster.Connect(t))
			require.NoError(t, err)

			refused := 0
			streams := refusedStreams{js, func(err error) {
				if refused++; refused == 1 {
					require.ErrorContains(t, err, "no suitable peers")
					c.told(cluster, stop)
				}
			}}

			_, err = jobs.Ensure(ctx, streams, jobs.Topology{Programs: []string{"gold"}, Replicas: 3})
			require.ErrorIs(t, err, c.want)

			if c.want != nil {
				require.ErrorContains(t, err, c.said)
			}

			require.NotZero(t, refused)
		})
	}
}

// What a server refuses for another reason is not tried again.
func TestATopologyThatIsRefusedIsNotTriedAgain(t *testing.T) {
	t.Parallel()

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)

	refused := 0
	_, err = jobs.Ensure(t.Context(), refusedStreams{js, func(error) { refused++ }}, jobs.Topology{Replicas: 3})
	require.ErrorContains(t, err, "replicas > 1 not supported")
	require.Equal(t, 1, refused)
}
