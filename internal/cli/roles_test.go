package cli_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/jobs"
)

// roleOf is the role of which a command is run.
func roleOf(name string, args []string) grants.Role {
	switch {
	case name == "worker" && len(args) > 0 && args[0] == "migrate":
		return grants.Migrate
	case name == "worker" && len(args) > 0 && args[0] == "purge":
		return grants.Purge
	case name == "worker" && len(args) > 0 && args[0] == "console":
		return grants.Console
	case name == "worker":
		return grants.Worker
	case name == "submit" && len(args) > 0 && slices.Contains([]string{"pause", "resume", "cancel", "redrive", "resolve", "job", "announce"}, args[0]):
		return grants.Operator
	default:
		return grants.Submit
	}
}

// ofRole returns an environment without the variables of other roles: those are written role|NAME=value.
func ofRole(role grants.Role, env []string) (own []string) {
	for _, variable := range env {
		before, rest, named := strings.Cut(variable, "|")

		switch {
		case !named || strings.Contains(before, "="):
			own = append(own, variable)
		case before == string(role):
			own = append(own, rest)
		}
	}

	return own
}

// queueWithRoles starts a queue with the users that worker grants nats prints, and returns its address for one who may do
// everything, and the settings of the roles.
func queueWithRoles(t *testing.T, dir string) (owner string, roles []string) {
	t.Helper()

	code, users := run(t, nil, "worker", "grants", "nats", "--program", "demo,gold")
	require.Zero(t, code, users)

	var passwords strings.Builder
	for _, user := range []string{"WORKER", "SUBMIT", "OPERATOR", "CONSOLE", "PURGE", "PUBLISHER_DEMO", "PUBLISHER_GOLD"} {
		fmt.Fprintf(&passwords, "ENROLL_NATS_PASSWORD_%s = \"secret\"\n", user)
	}

	users = strings.Replace(users, "users = [\n", "users = [\n    { user: owner, password: secret }\n", 1)
	queue, err := stack.StartNATS(t.Context(), stack.NATSOptions{
		Dir: dir, Listen: "127.0.0.1:0", Authorization: passwords.String() + users,
	})
	require.NoError(t, err)
	t.Cleanup(queue.Stop)

	as := func(user string) string { return strings.Replace(queue.URL(), "nats://", "nats://"+user+":secret@", 1) }

	for _, role := range []grants.Role{grants.Worker, grants.Submit, grants.Operator, grants.Console, grants.Purge} {
		roles = append(roles, string(role)+"|ENROLL_NATS_URL="+as(string(role)),
			string(role)+"|ENROLL_NATS_INBOX_PREFIX="+grants.InboxPrefix(role))
	}

	return as("owner"), roles
}

// databaseWithRoles runs what worker grants postgres prints, and returns the settings of the roles.
func databaseWithRoles(t *testing.T, database string, flags ...string) (owner string, roles []string) {
	t.Helper()

	code, script := run(t, nil, "worker", append([]string{"grants", "postgres"}, flags...)...)
	require.Zero(t, code, script)

	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)

	defer func() { require.NoError(t, conn.Close(t.Context())) }()

	_, err = conn.Exec(t.Context(), script)
	require.NoError(t, err)

	for _, role := range grants.Roles() {
		u, err := url.Parse(database)
		require.NoError(t, err)

		query := u.Query()
		query.Set("role", grants.RoleName(role))
		u.RawQuery = query.Encode()
		roles = append(roles, string(role)+"|ENROLL_DATABASE_URL="+u.String())
	}

	return database, roles
}

// The upstream system of a program publishes its jobs and reads their outcomes. It cannot publish for another program, see what
// becomes of another's jobs, or read the queue, in whatever way it asks.
func TestAPublisherHasItsOwnProgramOnly(t *testing.T) {
	t.Parallel()

	address, _ := queueWithRoles(t, t.TempDir())
	owner := connected(t, address)
	_, err := jobs.Ensure(t.Context(), owner, jobs.Topology{Programs: []string{"demo", "gold"}})
	require.NoError(t, err)

	for _, program := range []string{"demo", "gold"} {
		_, err = owner.Publish(t.Context(), jobs.OutcomeSubject(program, "enrolled"), []byte(program))
		require.NoError(t, err)
	}

	asGold := strings.Replace(address, "owner", "publisher-gold", 1)
	publisher := connected(t, asGold, nats.CustomInboxPrefix(grants.PublisherInboxPrefix("gold")))

	_, err = publisher.Publish(t.Context(), jobs.Subject("gold"), []byte("job"))
	require.NoError(t, err)

	_, err = owner.CreateConsumer(t.Context(), jobs.StreamOutcomes, jetstream.ConsumerConfig{
		Durable: grants.OutcomesConsumer("gold"), FilterSubject: jobs.OutcomeSubject("gold", ">"), AckPolicy: jetstream.AckExplicitPolicy,
	})
	require.NoError(t, err)
	consumer, err := publisher.Consumer(t.Context(), jobs.StreamOutcomes, grants.OutcomesConsumer("gold"))
	require.NoError(t, err)
	message, err := consumer.Next()
	require.NoError(t, err)
	require.Equal(t, "gold", string(message.Data()))
	require.NoError(t, message.DoubleAck(t.Context()))

	refused := func(name, subject, body string) {
		t.Helper()

		conn := publisher.Conn()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		answer, err := conn.RequestWithContext(ctx, subject, []byte(body))

		switch {
		case err == nil:
			require.Contains(t, string(answer.Data), `"error"`, name) // the server has looked at it, and refuses
		default:
			require.ErrorIs(t, conn.LastError(), nats.ErrPermissionViolation, name)
			require.ErrorContains(t, conn.LastError(), subject, name)
		}
	}

	const create = "$JS.API.CONSUMER.CREATE."

	for name, c := range map[string][2]string{
		"publish for another program":          {jobs.Subject("demo"), "job"},
		"publish a retry":                      {jobs.RetrySubject("gold", "1"), "job"},
		"publish an outcome":                   {jobs.OutcomeSubject("gold", "enrolled"), "outcome"},
		"read a job":                           {"$JS.API.STREAM.MSG.GET." + jobs.StreamJobs, `{"seq":1}`},
		"take a job":                           {"$JS.API.CONSUMER.MSG.NEXT." + jobs.StreamJobs + "." + jobs.ConsumerJobs("gold"), `{"batch":1}`},
		"read an outcome of another":           {"$JS.API.STREAM.MSG.GET." + jobs.StreamOutcomes, `{"seq":1}`},
		"read outcomes of another":             {create + "ENROLL_OUTCOMES.outcomes-gold.enroll.outcomes.demo.>", `{}`},
		"read the outcomes of all":             {create + "ENROLL_OUTCOMES.outcomes-gold", `{}`},
		"read outcomes under a false pretence": {create + "ENROLL_OUTCOMES.outcomes-gold.enroll.outcomes.gold.>", outcomesOfDemo},
		"have outcomes sent as jobs":           {create + "ENROLL_OUTCOMES.other.enroll.outcomes.gold.>", outcomesAsJobs},
		"delete the queue":                     {"$JS.API.STREAM.DELETE." + jobs.StreamJobs, ""},
		"pause the program":                    {"$KV." + jobs.BucketControl + ".pause.program.gold", "{}"},
	} {
		refused(name, c[0], c[1])
	}

	// What is sent to workers arrives at their inbox.
	_, err = publisher.Conn().SubscribeSync(grants.InboxPrefix(grants.Worker) + ".>")
	require.NoError(t, err)
	require.NoError(t, publisher.Conn().Flush())
	require.ErrorContains(t, publisher.Conn().LastError(), `Permissions Violation for Subscription to "_INBOX_worker.>"`)

	info, err := consumer.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, "enroll.outcomes.gold.>", info.Config.FilterSubject, "its consumer is as it was")

	jobsStream, err := owner.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	require.EqualValues(t, 1, jobsStream.CachedInfo().State.Msgs)
}

// outcomesOfDemo asks for a consumer whose filter is another one than the subject of the request says.
const outcomesOfDemo = `{"stream_name":"ENROLL_OUTCOMES","config":{"durable_name":"outcomes-gold",` +
	`"filter_subject":"enroll.outcomes.demo.>","ack_policy":"explicit"},"action":""}`

// outcomesAsJobs asks the queue to deliver outcomes to the subject of another program's jobs.
const outcomesAsJobs = `{"stream_name":"ENROLL_OUTCOMES","config":{"durable_name":"other","deliver_subject":"enroll.jobs.demo",` +
	`"filter_subject":"enroll.outcomes.gold.>","ack_policy":"none"},"action":""}`

func connected(t *testing.T, address string, options ...nats.Option) jetstream.JetStream {
	t.Helper()

	quiet := nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})
	conn, err := nats.Connect(address, append(options, quiet)...)
	require.NoError(t, err)
	t.Cleanup(conn.Close)

	js, err := jetstream.New(conn)
	require.NoError(t, err)

	return js
}
