package console_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// A console starts before its database, and finds it when it comes.
func TestPostgresComesLater(t *testing.T) {
	t.Parallel()

	r := prepared(t)

	var there atomic.Bool

	r.serve(func(o *console.Options) {
		o.Open = func(ctx context.Context) (*store.Store, error) {
			if !there.Load() {
				return nil, errors.New("postgres://u:secret@db: connection refused")
			}

			return r.opening()(ctx)
		}
	})

	b := r.as("ana")

	for _, path := range []string{"/files", "/jobs?card_key=x", "/codes", "/letters", "/doubt", "/acts", "/job?id=j"} {
		page := b.page(path)
		require.Contains(t, page, "<strong>Postgres does not answer</strong>", path)
		require.Contains(t, page, "has not said anything yet", path)
		require.NotContains(t, page, "secret")
	}

	status, body, _ := b.submit("/doubt/resolve", "job", "x", "as", "enrolled", "why", "x")
	require.Equal(t, 503, status)
	require.Contains(t, body, "Postgres does not answer")

	// A pause must be possible all the same.
	require.Contains(t, b.act("/programs/pause", "program", program, "why", "night"), "It is not in the account of acts")

	there.Store(true)
	page := b.becomes("/files", "No file was sent yet.")
	require.NotContains(t, page, "does not answer</strong>")
}

// What the queue said last is shown while it is away, and when that was.
func TestTheQueueGoesAndComesBack(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	server, err := stack.StartNATS(t.Context(), stack.NATSOptions{Dir: dir, Listen: "127.0.0.1:0"})
	require.NoError(t, err)

	address := server.URL()
	conn, err := nats.Connect(address, nats.MaxReconnects(-1), nats.ReconnectWait(tick), nats.ReconnectJitter(0, 0))
	require.NoError(t, err)
	t.Cleanup(conn.Close)

	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{Programs: []string{program}})
	require.NoError(t, err)
	require.NoError(t, control.New(js).Pause(t.Context(), control.Pause{Program: program, By: "ana", Why: "the night"}))

	r := prepared(t)
	r.serve(func(o *console.Options) { o.Open, o.Queue = r.opening(), js })

	b := r.as("ana")
	b.becomes("/", "the night")
	server.Stop()

	page := b.becomes("/", "<strong>The queue does not answer</strong>")
	require.Contains(t, page, "the night", "what was known is shown")
	require.Contains(t, page, "As of 2")

	status, body, _ := b.submit("/programs/resume", "program", program)
	require.Equal(t, 503, status)
	require.Contains(t, body, "The pause could not be lifted")

	server, err = stack.StartNATS(t.Context(), stack.NATSOptions{Dir: dir, Listen: address[len("nats://"):]})
	require.NoError(t, err)
	t.Cleanup(server.Stop)

	eventually.True(t, func() bool { return !contains(b.page("/"), "does not answer</strong>") }, patience, tick)
	require.Contains(t, b.page("/"), "the night")
}
