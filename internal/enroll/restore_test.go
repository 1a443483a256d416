package enroll_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// What docs/production.md says of a database that is restored to an hour ago, while the queue is as it was.
func TestADatabaseThatIsRestoredToAnEarlierTime(t *testing.T) {
	t.Parallel()

	s := newSweepTest(t)
	s.setProgram(func(p *enroll.Program) { p.Backoff = pace.Backoff{Base: 2 * time.Second, Cap: 2 * time.Second} })

	stop := s.start()

	s.publish("before", sandbox.PAN(0, 1))
	s.outcome()
	s.publish("between", sandbox.PAN(50, 2)) // fails once
	eventually.True(t, func() bool {
		row, found, err := s.store.Outcome(t.Context(), "between")
		return err == nil && found && row.Status == store.StatusRetrying
	}, patience, time.Millisecond)

	s.backUp()

	require.Equal(t, "enrolled", s.outcome().Status, "between, after the backup")
	s.publish("after", sandbox.PAN(0, 3))
	s.outcome()
	stop()
	s.publish("waits", sandbox.PAN(0, 4))

	s.restore()

	stop = s.start()

	require.Equal(t, "waits", s.outcome().ID)
	stop()
	require.Equal(t, store.StatusEnrolled, s.row("before").Status)
	require.Equal(t, store.StatusEnrolled, s.row("waits").Status, "what the queue has is worked on")

	_, found, err := s.store.Outcome(t.Context(), "after")
	require.NoError(t, err)
	require.False(t, found, "it is enrolled, its event was sent, and there is no row")

	// The row says that it is to be tried again, and its message is gone.
	s.age("between")

	sweeper := s.sweeper()
	s.requireSwept(sweeper, enroll.Swept{Overdue: 1, Undecided: 1}) // the sweep after will be sure
	s.requireSwept(sweeper, enroll.Swept{Overdue: 1, Lost: 1})

	told := s.outcome()
	require.Equal(t, "between", told.ID)
	require.Equal(t, "dead", told.Status, "although it is enrolled")
	require.Equal(t, "MESSAGE_LOST", told.Error.Reason)

	// Published again by their senders, both come to their end. Mastercard is asked once more.
	s.startPublisherAnew()

	stop = s.start()
	defer stop()

	s.publish("after", sandbox.PAN(0, 3))
	s.publish("between", sandbox.PAN(50, 2))
	s.outcomesOf(2)
	require.Equal(t, store.StatusEnrolled, s.row("after").Status)
	require.Equal(t, store.StatusEnrolled, s.row("between").Status)
	require.Equal(t, 2, s.sandbox.Ledger().Effects(sandbox.PAN(0, 3)))
}

// startPublisherAnew has what was published be taken for new, as hours later.
func (s *sweepTest) startPublisherAnew() {
	s.publisher = jobs.NewPublisher(s.js, jobs.PublisherOptions{Again: "later"})
}

// tables are those of jobs.
func (s *sweepTest) tables() []string {
	s.t.Helper()

	rows, err := s.sql.Query(s.t.Context(), `SELECT c.relname::text FROM pg_class c
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		AND c.relname NOT LIKE 'goose%'`)
	require.NoError(s.t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(s.t, err)
	require.Contains(s.t, names, "enrollments")

	return names
}

// backUp keeps the rows of all tables, and restore puts them back, as a restore of the database does.
func (s *sweepTest) backUp() {
	s.t.Helper()
	s.execute("CREATE SCHEMA backup")

	for _, table := range s.tables() {
		s.execute("CREATE TABLE backup." + table + " AS TABLE public." + table)
	}
}

func (s *sweepTest) restore() {
	s.t.Helper()

	for _, table := range s.tables() {
		s.execute("TRUNCATE public." + table)
		s.execute("INSERT INTO public." + table + " OVERRIDING SYSTEM VALUE TABLE backup." + table)
	}
}

func (s *sweepTest) execute(sql string) {
	s.t.Helper()

	_, err := s.sql.Exec(s.t.Context(), sql)
	require.NoError(s.t, err, sql)
}

// What docs/production.md says of a queue that is restored to an hour ago, while the database is as it was.
func TestAQueueThatIsRestoredToAnEarlierTime(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.setProgram(func(p *enroll.Program) { p.Backoff = pace.Backoff{Base: time.Minute, Cap: time.Minute} })

	dir, backup := t.TempDir(), t.TempDir()
	stopQueue := r.queueIn(dir)

	r.publish("done", sandbox.PAN(0, 1))
	r.publish("retrying", sandbox.PAN(50, 2)) // fails once, and is due in a minute or so
	stopQueue()
	require.NoError(t, os.CopyFS(filepath.Join(backup, "queue"), os.DirFS(dir)))

	stopQueue = r.queueIn(dir)
	stop := r.start()

	require.Equal(t, "done", r.outcome().ID)
	eventually.True(t, func() bool { return r.scheduled("retrying") == 1 }, patience, 10*time.Millisecond)
	stop()

	r.publish("gone", sandbox.PAN(0, 3)) // accepted after the backup, and taken by no worker
	stopQueue()

	stopQueue = r.queueIn(filepath.Join(backup, "queue"))
	defer stopQueue()

	require.Zero(t, r.scheduled("retrying"), "the schedule is of after the backup")

	stop = r.start()
	defer stop()

	again := r.outcome()
	require.Equal(t, "done", again.ID, "delivered and told once more")
	require.Equal(t, "enrolled", again.Status)
	require.Equal(t, 1, r.sandbox.Ledger().Effects(sandbox.PAN(0, 1)), "and not sent again")

	eventually.True(t, func() bool { return r.scheduled("retrying") == 1 }, patience, 10*time.Millisecond, "its first message leads to the retry")
	require.Equal(t, 1, r.row("retrying").Attempts)

	r.awaitEmptyQueue()

	_, found, err := r.store.Outcome(t.Context(), "gone")
	require.NoError(t, err)
	require.False(t, found, "only its sender knows of it")
}

// queueIn has the rig use a server with its files in a directory, until the returned function stops it.
func (r *rig) queueIn(dir string) (stop func()) {
	r.t.Helper()

	server, err := stack.StartNATS(r.t.Context(), stack.NATSOptions{Dir: dir})
	require.NoError(r.t, err)
	nc, err := server.Connect()
	require.NoError(r.t, err)

	r.js, err = jetstream.New(nc)
	require.NoError(r.t, err)

	r.publisher = jobs.NewPublisher(r.js, jobs.PublisherOptions{})
	r.listen()

	return func() {
		nc.Close()
		server.Stop()
	}
}
