package browser_test

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/internal/console/access"
	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

const (
	password = "correct horse battery"
	card     = "5204731600014784"
	markup   = `<img src=x onerror="document.title='run'">`
)

func contains(text, want string) bool { return strings.Contains(text, want) }

// site is a console with all that it looks at.
type site struct {
	t      *testing.T
	js     jetstream.JetStream
	ledger *store.Store
	sql    *pgxpool.Pool
	key    enroll.HMACKey
	url    string

	database, users, address string
	odd                      string // what others have put into names and messages
	stop                     func()
}

func newSite(t *testing.T) *site {
	t.Helper()

	s := &site{t: t, key: parts.HMACKey(t), database: stacktest.Database(t), address: "127.0.0.1:0"}

	var err error

	s.js, err = jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), s.js, jobs.Topology{Programs: []string{"gold", "platinum", "silver"}})
	require.NoError(t, err)

	s.ledger, err = store.Open(t.Context(), s.database, store.Options{})
	require.NoError(t, err)
	t.Cleanup(s.ledger.Close)

	s.sql, err = pgxpool.New(t.Context(), s.database)
	require.NoError(t, err)
	t.Cleanup(s.sql.Close)

	s.users = filepath.Join(t.TempDir(), "users")

	var lines []string

	for name, role := range map[string]access.Role{"ana": access.Operator, "bob": access.Viewer} {
		line, err := access.Entry(name, role, []byte(password), bcrypt.MinCost)
		require.NoError(t, err)

		lines = append(lines, line)
	}

	require.NoError(t, os.WriteFile(s.users, []byte(strings.Join(lines, "\n")), 0o600))

	s.start()
	t.Cleanup(func() { s.stop() })

	return s
}

// start serves the console, again at the address where it was.
func (s *site) start() {
	s.t.Helper()

	users, err := access.OpenUsers(s.users)
	require.NoError(s.t, err)
	verdicts, err := mastercard.Verdicts()
	require.NoError(s.t, err)

	traces, err := console.ParseTraces("https://traces.example/trace/{trace_id}")
	require.NoError(s.t, err)

	logger := slog.New(slog.DiscardHandler)
	made, err := console.New(console.Options{
		Open:  func(ctx context.Context) (*store.Store, error) { return store.Open(ctx, s.database, store.Options{}) },
		Queue: s.js, Gate: access.New(access.Options{Users: users, Now: time.Now, Logger: logger}), Acts: true, Verdicts: verdicts,
		Examine: s.examine, Traces: traces, Now: time.Now, Logger: logger,
	}.WithHMACKeys(func() []enroll.HMACKey { return []enroll.HMACKey{s.key} }))
	require.NoError(s.t, err)

	listener, err := (&net.ListenConfig{}).Listen(s.t.Context(), "tcp", s.address)
	require.NoError(s.t, err)

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)

	go func() { ended <- made.Serve(ctx, listener) }()

	s.address = listener.Addr().String()
	s.url = "http://" + s.address
	s.stop = func() {
		cancel()
		require.NoError(s.t, <-ended)
		s.stop = func() {}
	}
}

func (s *site) examine(ctx context.Context) doctor.Report {
	queue := doctor.Queue{Connect: func() (jetstream.JetStream, func(), error) { return s.js, func() {}, nil }, Role: "console", Now: time.Now}

	return doctor.Report{At: time.Now(), Checks: append(queue.Check(ctx),
		doctor.Database{URL: s.database, Role: "console", Now: time.Now}.Check(ctx)...)}
}

// job is a job as a worker has it.
func (s *site) job(id, program, batch, number string) store.Job {
	digest := sha256.Sum256([]byte(id))
	parsed := pan.Unchecked(number)

	return store.Job{
		QueuedAt: time.Now().Add(-90 * time.Second), ID: id, Program: program, BatchID: batch, ExternalCardID: "card-" + id, ExternalConsumerID: "customer-" + id,
		PANFirst6: number[:6], PANLast4: number[12:], PANHMAC: s.key.OfCard(parsed), PANHMACKid: s.key.Kid, MessageDigest: digest[:],
	}
}

// settle has a job called and come to a status.
func (s *site) settle(job store.Job, verdict string, status store.Status, failure store.Failure) {
	claim, err := s.ledger.Begin(s.t.Context(), store.BeginRequest{
		Job: job, Worker: "worker-a", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", Lease: time.Minute, MaxAttempts: 8,
	})
	if err != nil || claim.Decision != store.Begun {
		s.t.Error(job.ID, claim.Decision, err)
		return
	}

	_, err = s.ledger.Finish(s.t.Context(), store.FinishRequest{
		JobID: job.ID, Attempt: claim.Attempt, StartedAt: claim.StartedAt, Verdict: verdict, Status: status, Failure: failure,
		HTTPStatus: 400,
	})
	if err != nil {
		s.t.Error(err)
	}
}
