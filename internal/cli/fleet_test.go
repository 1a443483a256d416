package cli_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Longer and with more jobs, these tests give the figures of docs/decisions.md.
//
//nolint:gochecknoglobals // flags of the test binary
var (
	fleetRate   = flag.Int("fleet-rate", 40, "calls a second that four workers may make together")
	fleetJobs   = flag.Int("fleet-jobs", 120, "jobs that they have to do")
	wrongKeyFor = flag.Duration("wrong-key-for", 3*time.Second, "for how long jobs wait behind a wrong key")
)

// Four workers share the calls that their program may make a second, and use what they are allowed.
func TestFourWorkersKeepTheAgreedRate(t *testing.T) {
	t.Parallel()

	const workers = 4

	s := newSystem(t)
	s.program(fmt.Sprintf(`, "rate": %d`, *fleetRate))

	for i := range workers {
		s.worker(fmt.Sprintf("worker-%d", i))
	}

	s.send("b1", *fleetJobs)
	s.settles("b1", *fleetJobs)

	var (
		calls, busiest, users int
		span                  float64
	)

	s.ask(`SELECT count(*), extract(epoch FROM max(started_at) - min(started_at))::float8, count(DISTINCT worker) FROM attempts`,
		&calls, &span, &users)
	s.ask(`SELECT max(n) FROM (SELECT count(*) AS n FROM attempts a JOIN attempts b
		ON b.started_at BETWEEN a.started_at AND a.started_at + interval '1 second' GROUP BY a.job_id, a.attempt) windows`, &busiest)
	t.Logf("%d calls by %d workers in %.1f s: %.1f a second, of %d allowed; %d in the busiest second",
		calls, users, span, float64(calls)/span, *fleetRate, busiest)

	// Two blocks of an eighth of a second each may be lent at once after a pause, and each worker may use its block up to
	// a second after it was lent.
	burst := float64(*fleetRate) / 8 * (2 + workers)
	require.LessOrEqual(t, float64(calls), float64(*fleetRate)*span+burst+1)
	require.LessOrEqual(t, float64(busiest), float64(*fleetRate)+burst+1)
}

// However long a wrong key stays, it costs no job an attempt: a probe now and then is refunded.
func TestAWrongKeyBurnsNothing(t *testing.T) {
	t.Parallel()

	const jobs = 100

	s := newSystem(t)
	mend := s.breakSigningKey()
	queued := max(jobs, *fleetJobs)
	worker := s.worker("halted")
	s.send("b1", queued)
	worker.says(t, "HALTED")

	select {
	case <-time.After(*wrongKeyFor): // the thing that is tested is the passing of time
	case <-t.Context().Done():
	}

	var calls, touched, charged int

	s.ask(`SELECT count(*) FROM attempts`, &calls)
	s.ask(`SELECT count(*), coalesce(sum(charged), 0) FROM enrollments WHERE status <> 'in_progress'`, &touched, &charged)
	t.Logf("%d jobs queued for %s behind a wrong key: %d calls, %d jobs touched, %d attempts charged", queued, *wrongKeyFor, calls, touched, charged)
	require.Zero(t, charged)

	mend()
	s.settles("b1", queued)
	require.NoError(t, worker.Process.Signal(syscall.SIGTERM))
	require.Zero(t, worker.exit(t), worker.out)

	var enrolled, dearest int

	s.ask(`SELECT count(*), max(charged) FROM enrollments WHERE status = 'enrolled'`, &enrolled, &dearest)
	require.Equal(t, queued, enrolled)
	require.Equal(t, 1, dearest, "each was charged for the call that enrolled it")
}

// program adds members to the one program of the programs file.
func (s *system) program(members string) {
	s.t.Helper()

	file := filepath.Join(s.keys, "programs.json")
	text, err := os.ReadFile(file)
	require.NoError(s.t, err)

	i := strings.LastIndex(string(text), `"`) + 1
	require.NoError(s.t, os.WriteFile(file, append(text[:i:i], append([]byte(members), text[i:]...)...), 0o600))
}

// settles waits until n jobs of a batch have come to their end, however long that takes within reason.
func (s *system) settles(batch string, n int) {
	s.t.Helper()

	want := fmt.Sprintf("%d settled", n)

	require.Eventually(s.t, func() bool {
		return strings.Contains(s.submit("status", batch), want)
	}, 10*time.Minute, 10*tick)
}

// ask reads one row from the database.
func (s *system) ask(query string, into ...any) {
	s.t.Helper()

	conn, err := pgx.Connect(s.t.Context(), strings.TrimPrefix(s.env[1], "ENROLL_DATABASE_URL="))
	require.NoError(s.t, err)

	defer func() { require.NoError(s.t, conn.Close(s.t.Context())) }()

	require.NoError(s.t, conn.QueryRow(s.t.Context(), query).Scan(into...))
}
