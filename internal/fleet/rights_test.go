package fleet_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/fleet"
	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// A worker with no more rights than its role has takes jobs, tells of itself, and makes and removes consumers, at streams
// that an operator has made.
func TestWorkerWithTheRightsOfItsRole(t *testing.T) {
	t.Parallel()

	const patience = 60 * time.Second

	node, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		Users: []*server.User{{Username: "operator", Password: "o"}, {Username: "worker", Password: "w", Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: grants.ForRole(grants.Worker).Publish},
			Subscribe: &server.SubjectPermission{Allow: grants.ForRole(grants.Worker).Subscribe},
		}}},
	})
	require.NoError(t, err)
	node.Start()
	t.Cleanup(func() {
		node.Shutdown()
		node.WaitForShutdown()
	})
	require.True(t, node.ReadyForConnections(patience))

	var (
		mu      sync.Mutex
		lacking []error
	)

	connect := func(user, password string) jetstream.JetStream {
		conn, err := nats.Connect(node.ClientURL(), nats.UserInfo(user, password), nats.CustomInboxPrefix(grants.InboxPrefix(grants.Worker)),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
				mu.Lock()
				defer mu.Unlock()

				lacking = append(lacking, err)
			}))
		require.NoError(t, err)
		t.Cleanup(conn.Close)

		js, err := jetstream.New(conn)
		require.NoError(t, err)

		return js
	}

	operator, js := connect("operator", "o"), connect("worker", "w")
	_, err = jobs.Ensure(t.Context(), operator, jobs.Topology{})
	require.NoError(t, err)

	ledger, err := store.Open(t.Context(), stacktest.Database(t), store.Options{})
	require.NoError(t, err)
	t.Cleanup(ledger.Close)

	key, err := enroll.NewHMACKey(make([]byte, 32))
	require.NoError(t, err)

	ring := parts.Ring(t, parts.IntakeKey(t))

	// What an earlier version has left.
	_, err = operator.Publish(t.Context(), jobs.DeadSubject("gold", "old"), []byte(`{"schema":1,"id":"old","cvc":"123"}`))
	require.NoError(t, err)

	config := enroll.Config{
		Name: "w", Programs: map[string]enroll.Program{"gold": {Name: "gold", SrcClientID: "c", ServiceID: "s"}},
		Keys: func() *jobs.KeyRing { return ring }, HMACKeys: func() []enroll.HMACKey { return []enroll.HMACKey{key} },
		InspectEvery: 100 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}
	member, err := fleet.Join(t.Context(), js, &config)
	require.NoError(t, err)
	worker, err := enroll.New(js, ledger, nil, config) // no job here comes as far as the API
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(context.Background())
	leave := member.Start(ctx, worker)
	ended := make(chan error, 1)

	go func() {
		_, err := worker.Run(ctx)
		leave()

		ended <- err
	}()

	// One is taken by the program's lane, the other as an orphan, by a consumer that is made for it.
	for _, subject := range []string{jobs.Subject("gold"), jobs.Subject("glod")} {
		_, err := operator.Publish(t.Context(), subject, []byte("no job"))
		require.NoError(t, err)
	}

	eventually.True(t, func() bool {
		fresh, err := operator.Stream(t.Context(), jobs.StreamJobs)
		if err != nil || fresh.CachedInfo().State.Msgs > 0 {
			return false
		}

		outcomes, err := operator.Stream(t.Context(), jobs.StreamOutcomes)
		if err != nil || outcomes.CachedInfo().State.Msgs != 2 {
			return false
		}

		dead, err := operator.Stream(t.Context(), jobs.StreamDead)
		if err != nil {
			return false
		}

		_, err = dead.GetMsg(t.Context(), 1)

		return errors.Is(err, jetstream.ErrMsgNotFound)
	}, patience, 10*time.Millisecond)

	workers, err := control.New(operator).Workers(t.Context(), time.Now())
	require.NoError(t, err)
	require.Len(t, workers, 1)

	cancel()
	require.NoError(t, <-ended)

	workers, err = control.New(operator).Workers(t.Context(), time.Now())
	require.NoError(t, err)
	require.Empty(t, workers, "it has taken its presence back")

	mu.Lock()
	defer mu.Unlock()

	require.Empty(t, lacking)
}
