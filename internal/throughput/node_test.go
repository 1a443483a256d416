package throughput_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// nodeVariable tells a process that it is a node, and how it is to run.
const nodeVariable = "ENROLL_THROUGHPUT_NODE"

const loopback = "127.0.0.1"

// nodeConfig is one node of the queue. Nodes are processes, so that they take nothing from the worker but the machine.
type nodeConfig struct {
	Name       string `json:"name"`
	Dir        string `json:"dir"`
	Client     int    `json:"client"` // port
	SyncAlways bool   `json:"sync_always"`
	Cluster    int    `json:"cluster"` // port; zero: it is alone
	Routes     []int  `json:"routes"`
}

// runNode is the process of a node. It ends when its standard input is closed, so also when the test is killed.
func runNode(config []byte) error {
	var c nodeConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return fmt.Errorf("reading the node's configuration: %w", err)
	}

	s, err := server.NewServer(c.options())
	if err != nil {
		return fmt.Errorf("making node %s: %w", c.Name, err)
	}

	s.Start()

	if !s.ReadyForConnections(patience) {
		return fmt.Errorf("node %s is not ready after %s", c.Name, patience)
	}

	if _, err := os.Stdout.WriteString("ready\n"); err != nil {
		return err
	}

	_, _ = io.Copy(io.Discard, os.Stdin)

	s.Shutdown()
	s.WaitForShutdown()

	return nil
}

func (c nodeConfig) options() *server.Options {
	o := &server.Options{
		ServerName: c.Name, Host: loopback, Port: c.Client, JetStream: true, StoreDir: c.Dir, SyncAlways: c.SyncAlways,
		NoSigs: true, NoLog: true,
	}

	if c.Cluster > 0 {
		o.Cluster = server.ClusterOpts{Name: "throughput", Host: loopback, Port: c.Cluster}
	}

	for _, port := range c.Routes {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: address(port)})
	}

	return o
}

// startNodes starts the nodes of a queue for one test and returns their URLs.
func startNodes(t *testing.T, n int, syncAlways bool) string {
	t.Helper()

	ports := freePorts(t, 2*n)
	urls := make([]string, n)

	for i := range n {
		config := nodeConfig{Name: fmt.Sprint("node-", i), Dir: filepath.Join(t.TempDir(), "nats"), Client: ports[i], SyncAlways: syncAlways}
		if n > 1 {
			config.Cluster, config.Routes = ports[n+i], ports[n:]
		}

		startNode(t, config)

		urls[i] = "nats://" + address(config.Client)
	}

	return strings.Join(urls, ",")
}

func startNode(t *testing.T, c nodeConfig) {
	t.Helper()

	config, err := json.Marshal(c)
	require.NoError(t, err)

	self, err := os.Executable()
	require.NoError(t, err)

	cmd := exec.Command(self) //nolint:noctx // it ends with its input, in good order
	cmd.Env = append(os.Environ(), nodeVariable+"="+string(config))
	cmd.Stderr = t.Output()

	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	t.Cleanup(func() {
		_ = in.Close()

		overdue := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer overdue.Stop()

		require.NoError(t, cmd.Wait())
	})

	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }

func freePorts(t *testing.T, n int) []int {
	t.Helper()

	ports := make([]int, n)

	for i := range ports {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", loopback+":0")
		require.NoError(t, err)

		defer func() { _ = l.Close() }()

		ports[i] = l.Addr().(*net.TCPAddr).Port
	}

	return ports
}
