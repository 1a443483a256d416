package stacktest

import (
	"testing"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/stack"
)

// NATS starts a server for one test, with JetStream's files in the test's temporary directory and no port opened. It is
// stopped when the test ends.
func NATS(tb testing.TB) *stack.NATS {
	tb.Helper()

	server, err := stack.StartNATS(tb.Context(), stack.NATSOptions{Dir: tb.TempDir()})
	if err != nil {
		tb.Fatalf("stacktest: %v", err)
	}

	tb.Cleanup(server.Stop)

	return server
}

// Connect connects to a server for one test. The connection is closed when the test ends.
func Connect(tb testing.TB, server *stack.NATS, opts ...nats.Option) *nats.Conn {
	tb.Helper()

	nc, err := server.Connect(opts...)
	if err != nil {
		tb.Fatalf("stacktest: %v", err)
	}

	tb.Cleanup(nc.Close)

	return nc
}
