package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// nodeConfig is one node of the cluster.
type nodeConfig struct {
	Name    string `json:"name"`
	Dir     string `json:"dir"`
	Client  int    `json:"client"` // ports
	Cluster int    `json:"cluster"`
	Routes  []int  `json:"routes"`
}

const (
	loopback   = "127.0.0.1"
	nodeStarts = 30 * time.Second
)

// runNode is the process of a node.
func runNode(config []byte) error {
	var c nodeConfig
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

	if err := ready(); err != nil {
		return err
	}

	for range orders(os.Stdin) { // there are none; their end is the order to stop
	}

	s.Shutdown()
	s.WaitForShutdown()

	return nil
}

func (c nodeConfig) options() *server.Options {
	o := &server.Options{
		ServerName: c.Name,
		Host:       loopback,
		Port:       c.Client,
		JetStream:  true,
		StoreDir:   c.Dir,
		SyncAlways: true,
		NoSigs:     true,
		NoLog:      false,
		// Clients must not learn of ways round the proxies.
		Cluster: server.ClusterOpts{Name: "chaos", Host: loopback, Port: c.Cluster, NoAdvertise: true},
	}

	for _, port := range c.Routes {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: address(port)})
	}

	return o
}

func address(port int) string { return fmt.Sprintf("%s:%d", loopback, port) }

// node is a node seen from the harness.
type node struct {
	config nodeConfig
	log    io.Writer
	child  *child
}

// start starts the node, or starts it again on what it kept.
func (n *node) start(ctx context.Context) error {
	c, err := startChild(ctx, roleNode, n.config, n.log)
	if err != nil {
		return err
	}

	n.child = c
	<-c.ready

	select {
	case <-c.done:
		return errors.New(n.config.Name + " ended at its start; see its log")
	default:
		return nil
	}
}

// stop ends the node in good order, so that it hands its leaderships over.
func (n *node) stop() {
	_ = n.child.orders.Close()

	select {
	case <-n.child.done:
	case <-time.After(nodeStarts):
		n.child.kill()
	}
}
