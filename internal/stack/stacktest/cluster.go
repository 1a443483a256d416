package stacktest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// NATSCluster is a queue of several nodes, in this process.
type NATSCluster struct {
	options []*server.Options
	nodes   []*server.Server
}

// clusterPatience is for an election, on a machine that does much else.
const clusterPatience = 60 * time.Second

// Cluster starts a cluster of three nodes, which end with the test, and returns when its meta group has a leader. The late ones
// are for Start.
func Cluster(tb testing.TB, late ...string) *NATSCluster {
	tb.Helper()

	const nodes = 3

	c := &NATSCluster{}
	routes := make([]*url.URL, 0, nodes) // to a late one there is none: who knows of one waits for it
	ports := make([]int, nodes)
	names := make([]string, nodes)

	for i := range nodes {
		names[i], ports[i] = fmt.Sprint("node-", i), server.RANDOM_PORT
		if slices.Contains(late, names[i]) {
			continue
		}

		listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
		require(tb, err)

		address, _ := listener.Addr().(*net.TCPAddr)
		ports[i] = address.Port
		routes = append(routes, &url.URL{Scheme: "nats", Host: address.String()})

		require(tb, listener.Close())
	}

	for i := range nodes {
		c.options = append(c.options, &server.Options{
			ServerName: names[i], Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: tb.TempDir(),
			NoSigs: true, NoLog: true, Routes: routes,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: ports[i]},
		})
	}

	for _, name := range names {
		if !slices.Contains(late, name) {
			c.start(tb, name)
		}
	}

	c.awaitLeader(tb)

	return c
}

func require(tb testing.TB, err error) {
	tb.Helper()

	if err != nil {
		tb.Fatal(err)
	}
}

// awaitLeader waits until the cluster can make a stream with a copy on each of its nodes.
func (c *NATSCluster) awaitLeader(tb testing.TB) {
	tb.Helper()

	js, err := jetstream.New(c.Connect(tb))
	require(tb, err)

	ctx, cancel := context.WithTimeout(tb.Context(), clusterPatience)
	defer cancel()

	for {
		try, stop := context.WithTimeout(ctx, time.Second)
		_, err = js.CreateOrUpdateStream(try, jetstream.StreamConfig{
			Name: "READY", Replicas: len(c.nodes), Storage: jetstream.MemoryStorage,
		})

		if err == nil {
			err = js.DeleteStream(try, "READY")
		}

		stop()

		if err == nil {
			return
		}

		if ctx.Err() != nil {
			tb.Fatalf("the cluster has no leader: %v", err)
		}
	}
}

// Connect connects to a node, and to another where that ends, until the test ends.
func (c *NATSCluster) Connect(tb testing.TB, options ...nats.Option) *nats.Conn {
	tb.Helper()

	urls := make([]string, len(c.nodes))
	for i, node := range c.nodes {
		urls[i] = node.ClientURL()
	}

	conn, err := nats.Connect(strings.Join(urls, ","), append([]nats.Option{
		nats.DontRandomize(), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second / 10),
	}, options...)...)
	require(tb, err)
	tb.Cleanup(conn.Close)

	return conn
}

// MetaEntries is how many entries the log of the meta group has had, by which the cluster places streams and consumers.
func (c *NATSCluster) MetaEntries() uint64 {
	var most uint64

	for _, node := range c.nodes {
		if groups := node.Raftz(&server.RaftzOptions{GroupFilter: "_meta_"}); groups != nil {
			for _, account := range *groups {
				for _, group := range account {
					most = max(most, group.PIndex)
				}
			}
		}
	}

	return most
}

// Bytes is how much the nodes have sent to clients and to each other.
func (c *NATSCluster) Bytes() (sent int64) {
	for _, node := range c.nodes {
		if state, err := node.Varz(nil); err == nil {
			sent += state.OutBytes
		}

		if routes, err := node.Routez(nil); err == nil {
			for _, route := range routes.Routes {
				sent += route.OutBytes
			}
		}
	}

	return sent
}

// Stop ends one node, by its name.
func (c *NATSCluster) Stop(name string) {
	for _, node := range c.nodes {
		if node.Name() == name {
			node.Shutdown()
			node.WaitForShutdown()
		}
	}
}

// Start starts a late node, by its name, and returns when the others know of it.
func (c *NATSCluster) Start(tb testing.TB, name string) {
	tb.Helper()

	c.start(tb, name)
	c.awaitLeader(tb)
}

func (c *NATSCluster) start(tb testing.TB, name string) {
	tb.Helper()

	for _, options := range c.options {
		if options.ServerName != name {
			continue
		}

		node, err := server.NewServer(options)
		require(tb, err)
		node.Start()
		tb.Cleanup(func() {
			node.Shutdown()
			node.WaitForShutdown()
		})

		c.nodes = append(c.nodes, node)
	}
}
