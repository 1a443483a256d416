package control_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/pkg/jobs"
)

// newClusterDesk is a desk at a queue of three nodes.
func newClusterDesk(t *testing.T) *desk {
	t.Helper()

	const (
		nodes    = 3
		patience = 30 * time.Second
	)

	routes := make([]*url.URL, nodes)

	for i := range nodes {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)

		routes[i] = &url.URL{Scheme: "nats", Host: l.Addr().String()}

		require.NoError(t, l.Close())
	}

	var address string

	for i, route := range routes {
		node, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("node-", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
			NoSigs: true, NoLog: true, Routes: routes,
			Cluster: server.ClusterOpts{Name: "control", Host: "127.0.0.1", Port: portOf(t, route)},
		})
		require.NoError(t, err)
		node.Start()
		t.Cleanup(func() {
			node.Shutdown()
			node.WaitForShutdown()
		})

		address = node.ClientURL()
	}

	conn, err := nats.Connect(address, nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second/10))
	require.NoError(t, err)
	t.Cleanup(conn.Close)

	js, err := jetstream.New(conn)
	require.NoError(t, err)

	d := &desk{t: t, js: js, bucket: control.New(js), log: &lockedBuffer{}}

	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		_, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: jobs.BucketControl, Replicas: nodes, Storage: jetstream.FileStorage})

		return err == nil
	}, patience, time.Second/10, "the cluster has a leader")

	return d
}

func portOf(t *testing.T, u *url.URL) int {
	t.Helper()

	address, err := net.ResolveTCPAddr("tcp", u.Host)
	require.NoError(t, err)

	return address.Port
}

// Workers that ask at the same time come in between each other. That is no failure, which would cost each a second.
func TestWorkersOfAClusterComeInBetween(t *testing.T) {
	t.Parallel()

	const workers = 8

	d := newClusterDesk(t)

	var (
		all     sync.WaitGroup
		granted atomic.Int64
	)

	for range workers {
		r := d.rate(100_000)

		all.Go(func() {
			for range 20 {
				bursts, err := d.allocated(r, 1)
				if err != nil {
					t.Error(err)
					return
				}

				granted.Add(int64(len(bursts)))
			}
		})
	}

	all.Wait()
	require.Positive(t, granted.Load())
	require.Zero(t, d.log.count("cannot be shared out"))
}
