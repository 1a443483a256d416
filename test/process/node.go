package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// NodeConfig is one node of a queue.
type NodeConfig struct {
	Name       string `json:"name"`
	Dir        string `json:"dir"`
	Client     int    `json:"client"`  // port
	Cluster    int    `json:"cluster"` // port; zero: it is alone
	Routes     []int  `json:"routes"`  // ports of all nodes
	SyncAlways bool   `json:"sync_always"`
	Quiet      bool   `json:"quiet"` // it writes no log
}

// NodeRole is the role of a node, which RunNode plays.
const NodeRole = "node"

const (
	loopback   = "127.0.0.1"
	nodeStarts = 30 * time.Second
)

// RunNode is the process of a node.
func RunNode(config []byte) error {
	var c NodeConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return fmt.Errorf("reading the node's configuration: %w", err)
	}

	s, err := server.NewServer(c.options())
	if err != nil {
		return fmt.Errorf("making node %s: %w", c.Name, err)
	}

	s.ConfigureLogger()
	s.Start()

	if !s.ReadyForConnections(nodeStarts) {
		return fmt.Errorf("node %s is not ready after %s", c.Name, nodeStarts)
	}

	if err := Ready(); err != nil {
		return err
	}

	for range Orders() { // there are none; their end is the order to stop
	}

	s.Shutdown()
	s.WaitForShutdown()

	return nil
}

func (c NodeConfig) options() *server.Options {
	o := &server.Options{
		ServerName: c.Name,
		Host:       loopback,
		Port:       c.Client,
		JetStream:  true,
		StoreDir:   c.Dir,
		SyncAlways: c.SyncAlways,
		NoSigs:     true,
		NoLog:      c.Quiet,
	}

	if c.Cluster > 0 {
		// Clients must not learn of ways round the proxies of a harness.
		o.Cluster = server.ClusterOpts{Name: "queue", Host: loopback, Port: c.Cluster, NoAdvertise: true}
	}

	for _, port := range c.Routes {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: Address(port)})
	}

	return o
}

// Address is that of a port on this machine.
func Address(port int) string { return fmt.Sprintf("%s:%d", loopback, port) }

// Node is a node seen from the process that starts it.
type Node struct {
	*Child

	Config NodeConfig
	Log    io.Writer
}

// NewNodes returns the nodes of a queue, not yet started, each in a folder of its name below dir.
func NewNodes(ctx context.Context, n int, dir string) ([]*Node, error) {
	ports, err := freePorts(ctx, 2*n)
	if err != nil {
		return nil, err
	}

	nodes := make([]*Node, n)

	for i := range nodes {
		name := fmt.Sprintf("node-%d", i)
		nodes[i] = &Node{Config: NodeConfig{Name: name, Dir: filepath.Join(dir, name), Client: ports[i]}}

		if n > 1 {
			nodes[i].Config.Cluster, nodes[i].Config.Routes = ports[n+i], ports[n:]
		}
	}

	return nodes, nil
}

// Start starts the node, or starts it again on what it kept.
func (n *Node) Start(ctx context.Context) error {
	c, err := Start(ctx, NodeRole, n.Config, n.Log)
	if err != nil {
		return err
	}

	n.Child = c
	<-c.Ready

	select {
	case <-c.Done:
		return errors.New(n.Config.Name + " ended at its start; see its log")
	default:
		return nil
	}
}

// Stop ends the node in good order, so that it hands its leaderships over. ok is false when it had to be killed.
func (n *Node) Stop() (ok bool) { return n.Child.Stop(nodeStarts) }

// URL is where clients reach the node.
func (n *Node) URL() string { return "nats://" + Address(n.Config.Client) }

// freePorts finds ports that stay the same when a node is started again.
func freePorts(ctx context.Context, n int) ([]int, error) {
	ports := make([]int, n)

	for i := range ports {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", loopback+":0")
		if err != nil {
			return nil, fmt.Errorf("finding a free port: %w", err)
		}
		defer func() { _ = l.Close() }()

		addr, ok := l.Addr().(*net.TCPAddr)
		if !ok {
			return nil, errors.New("a TCP listener has no TCP address")
		}

		ports[i] = addr.Port
	}

	return ports, nil
}
