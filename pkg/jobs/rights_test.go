package jobs_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

// newGuarded starts a server that lets an operator do everything and a worker publish only to some subjects, and returns
// the connection of each.
func newGuarded(t *testing.T, worker *server.Permissions) (operator, limited jetstream.JetStream) {
	t.Helper()

	node, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		Users: []*server.User{{Username: "operator", Password: "o"}, {Username: "worker", Password: "w", Permissions: worker}},
	})
	require.NoError(t, err)
	node.Start()
	t.Cleanup(func() {
		node.Shutdown()
		node.WaitForShutdown()
	})
	require.True(t, node.ReadyForConnections(20*time.Second))

	connect := func(user, password string) jetstream.JetStream {
		conn, err := nats.Connect(node.ClientURL(), nats.UserInfo(user, password), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
		require.NoError(t, err)
		t.Cleanup(conn.Close)

		js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(time.Second))
		require.NoError(t, err)

		return js
	}

	return connect("operator", "o"), connect("worker", "w")
}

func may(subjects ...string) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: subjects},
		Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
	}
}

// looking are the rights that what is there needs: to look, and nothing more.
func looking() []string { return []string{"$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.INFO.*.*"} }

func TestWhatExistsNeedsNoRightToCreate(t *testing.T) {
	t.Parallel()

	topology := jobs.Topology{Programs: []string{"gold"}}
	operator, worker := newGuarded(t, may(looking()...))
	_, err := jobs.Ensure(t.Context(), operator, topology)
	require.NoError(t, err)

	drifts, err := jobs.Ensure(t.Context(), worker, topology)
	require.NoError(t, err)
	require.Empty(t, drifts)
}

func TestTheRightThatIsLackingIsNamed(t *testing.T) {
	t.Parallel()

	topology := jobs.Topology{Programs: []string{"gold"}}

	for name, c := range map[string]struct {
		rights   []string
		prepare  func(t *testing.T, operator jetstream.JetStream)
		says     string
		subjects string
	}{
		"to look": {
			[]string{"enroll.>"},
			func(*testing.T, jetstream.JetStream) {},
			"looking for stream ENROLL_JOBS", "$JS.API.STREAM.INFO.ENROLL_JOBS",
		},
		"to create a stream": {
			looking(),
			func(*testing.T, jetstream.JetStream) {},
			"creating stream ENROLL_JOBS, which is missing", "$JS.API.STREAM.CREATE.ENROLL_JOBS",
		},
		"to create a consumer": {
			looking(),
			func(t *testing.T, operator jetstream.JetStream) {
				t.Helper()

				_, err := jobs.Ensure(t.Context(), operator, jobs.Topology{})
				require.NoError(t, err)
			},
			"creating consumer enroll-workers-gold of ENROLL_JOBS, which is missing",
			"$JS.API.CONSUMER.CREATE.ENROLL_JOBS.enroll-workers-gold.enroll.jobs.gold",
		},
		"to create the bucket": {
			looking(),
			func(t *testing.T, operator jetstream.JetStream) {
				t.Helper()

				_, err := jobs.Ensure(t.Context(), operator, topology)
				require.NoError(t, err)
				require.NoError(t, operator.DeleteKeyValue(t.Context(), jobs.BucketControl))
			},
			"creating bucket enroll_control, which is missing", "$JS.API.INFO", // the client looks at the account first
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			operator, worker := newGuarded(t, may(c.rights...))
			c.prepare(t, operator)

			_, err := jobs.Ensure(t.Context(), worker, topology)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "lacks a right")
			require.ErrorContains(t, err, c.subjects)
			require.ErrorIs(t, err, nats.ErrPermissionViolation)
		})
	}
}

// What was refused once is not to blame for what is not answered later.
func TestAnOldRefusalIsNotBlamedForATimeout(t *testing.T) {
	t.Parallel()

	_, worker := newGuarded(t, may(looking()...))

	_, err := jobs.Ensure(t.Context(), worker, jobs.Topology{Programs: []string{"gold"}})
	require.ErrorIs(t, err, nats.ErrPermissionViolation)

	explain := jobs.Unanswered(worker)
	require.Equal(t, nats.ErrTimeout, explain(nats.ErrTimeout))

	// One that is refused again is.
	explain = jobs.Unanswered(worker)
	_, err = jobs.Ensure(t.Context(), worker, jobs.Topology{Programs: []string{"gold"}})
	require.ErrorIs(t, err, nats.ErrPermissionViolation)
	require.ErrorIs(t, explain(nats.ErrTimeout), nats.ErrPermissionViolation)
}

// Looking at the queue is no change of it.
func TestALookNeedsNoRightToChangeAnything(t *testing.T) {
	t.Parallel()

	topology := jobs.Topology{Programs: []string{"gold"}}
	operator, worker := newGuarded(t, may(append(looking(), "$JS.API.CONSUMER.LIST.*", "$JS.API.STREAM.MSG.GET.*")...))
	_, err := jobs.Ensure(t.Context(), operator, topology)
	require.NoError(t, err)
	put(t, operator, jobs.Subject("gold"), jobs.Subject("glod"))

	found, err := jobs.Inspect(t.Context(), worker, topology)
	require.NoError(t, err)
	require.Equal(t, uint64(1), found.Backlog.Orphans)
}
