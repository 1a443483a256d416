package stack_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
)

func publish(t *testing.T, nc *nats.Conn) uint64 {
	t.Helper()

	js, err := jetstream.New(nc)
	require.NoError(t, err)

	_, err = js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
	require.NoError(t, err)

	ack, err := js.Publish(t.Context(), "s", []byte("x"))
	require.NoError(t, err)

	return ack.Sequence
}

func TestNATSKeepsMessagesOverARestart(t *testing.T) {
	t.Parallel()

	for name, syncAlways := range map[string]bool{"synced always": true, "synced now and then": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := stack.NATSOptions{Dir: filepath.Join(t.TempDir(), "nats"), SyncAlways: syncAlways}

			for want := uint64(1); want <= 2; want++ {
				server, err := stack.StartNATS(t.Context(), options)
				require.NoError(t, err)
				require.Empty(t, server.URL())

				nc, err := server.Connect()
				require.NoError(t, err)
				require.Equal(t, want, publish(t, nc))
				nc.Close()
				server.Stop()
				server.Stop()
			}
		})
	}
}

func TestNATSIsReachableWhereItListens(t *testing.T) {
	t.Parallel()

	server, err := stack.StartNATS(t.Context(), stack.NATSOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0", Name: "here"})
	require.NoError(t, err)
	t.Cleanup(server.Stop)

	nc, err := nats.Connect(server.URL())
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	require.Equal(t, "here", nc.ConnectedServerName())
	require.EqualValues(t, 1, publish(t, nc))

	inside, err := server.Connect()
	require.NoError(t, err)
	t.Cleanup(inside.Close)
	require.EqualValues(t, 2, publish(t, inside))
}

func TestNATSStartErrors(t *testing.T) {
	t.Parallel()

	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, taken.Close()) })

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))

	spoilt := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(spoilt, "jetstream"), nil, 0o600))

	for name, c := range map[string]struct {
		options stack.NATSOptions
		want    string
	}{
		"no directory":               {stack.NATSOptions{}, "no directory given"},
		"a file for a directory":     {stack.NATSOptions{Dir: file}, "creating the NATS directory"},
		"no way to keep streams":     {stack.NATSOptions{Dir: spoilt}, "JetStream"},
		"an address without a port":  {stack.NATSOptions{Dir: t.TempDir(), Listen: "127.0.0.1"}, "want HOST:PORT"},
		"a port that is no number":   {stack.NATSOptions{Dir: t.TempDir(), Listen: "127.0.0.1:nats"}, "no number from 0 to 65535"},
		"an address that is in use":  {stack.NATSOptions{Dir: t.TempDir(), Listen: taken.Addr().String()}, "address already in use"},
		"an address of another host": {stack.NATSOptions{Dir: t.TempDir(), Listen: "192.0.2.1:0"}, "cannot assign requested address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := stack.StartNATS(t.Context(), c.options)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestNATSRefusesASecondStartOnADirectory(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()

	server, err := stack.StartNATS(t.Context(), stack.NATSOptions{Dir: dir})
	require.NoError(t, err)

	_, err = stack.StartNATS(t.Context(), stack.NATSOptions{Dir: dir})
	require.ErrorContains(t, err, "a NATS server already runs on "+dir)
	server.Stop()

	server, err = stack.StartNATS(t.Context(), stack.NATSOptions{Dir: dir})
	require.NoError(t, err)
	server.Stop()
}

func TestNATSStartGivenUp(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()

	dir := t.TempDir()

	_, err := stack.StartNATS(ctx, stack.NATSOptions{Dir: dir})
	require.ErrorIs(t, err, context.DeadlineExceeded)

	server, err := stack.StartNATS(t.Context(), stack.NATSOptions{Dir: dir})
	require.NoError(t, err, "the directory is free again")
	server.Stop()
}
