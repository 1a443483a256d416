package throughput_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// system is what all measurements share: everything but the queue.
type system struct {
	keys    devkeys.Dir
	program string
	sealer  *jobs.Sealer
	api     string // URL
	ledger  *store.Store
	cards   int // used
}

func newSystem(t *testing.T) *system {
	t.Helper()

	dir, err := os.MkdirTemp("", "enroll-throughput-*") //nolint:usetesting // Postgres' own user must be able to walk through
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })

	s := &system{keys: devkeys.Dir(filepath.Join(dir, "keys")), program: devkeys.Program}
	_, err = s.keys.Make(sandbox.KeyID(time.Now()))
	require.NoError(t, err)

	key, err := jobs.LoadIntakePublicKey(s.keys.Path(devkeys.IntakePublicKey))
	require.NoError(t, err)
	s.sealer, err = jobs.NewSealer(key, nil)
	require.NoError(t, err)

	s.openAPI(t)
	s.openStore(t, filepath.Join(dir, "postgres"))

	return s
}

// openAPI starts the sandbox, which answers as fast as it can.
func (s *system) openAPI(t *testing.T) {
	t.Helper()

	options, err := s.keys.Sandbox()
	require.NoError(t, err)
	double, err := sandbox.New(options)
	require.NoError(t, err)

	server := httptest.NewServer(double)
	t.Cleanup(server.Close)

	s.api = server.URL + sandbox.BasePath
}

// openStore starts a Postgres that syncs every commit, as one in production does and those of other tests do not.
func (s *system) openStore(t *testing.T, dir string) {
	t.Helper()

	bin, err := stack.FindBinaries(t.Context(), stack.Source(os.Getenv(stack.SourceSetting)), os.Stderr)
	require.NoError(t, err)
	server, err := stack.StartPostgres(t.Context(), stack.PostgresOptions{Dir: dir, Bin: bin, Durable: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })

	url := server.URL("postgres")
	_, err = store.MigrateUp(t.Context(), url)
	require.NoError(t, err)
	s.ledger, err = store.Open(t.Context(), url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(s.ledger.Close)
}

func (s *system) connect(t *testing.T, url string) jetstream.JetStream {
	t.Helper()

	nc, err := nats.Connect(url, nats.MaxReconnects(-1))
	require.NoError(t, err)
	t.Cleanup(nc.Close)

	js, err := jetstream.New(nc)
	require.NoError(t, err)

	return js
}
