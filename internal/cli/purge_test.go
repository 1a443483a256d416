package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// purging is a system with jobs that ended some months ago, each with an attempt and an event.
type purging struct {
	*system

	sql *pgx.Conn
	js  jetstream.JetStream
}

func newPurging(t *testing.T, n int) *purging {
	t.Helper()

	s, _ := preparedSystem(t)
	p := &purging{system: s, js: connected(t, strings.TrimPrefix(s.env[0], "ENROLL_NATS_URL="))}

	var err error
	p.sql, err = pgx.Connect(t.Context(), strings.TrimPrefix(s.env[1], "ENROLL_DATABASE_URL="))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.sql.Close(t.Context())) })

	p.exec(`SELECT attempts_ensure_partition(now() - interval '100 days')`)
	p.exec(`INSERT INTO enrollments (job_id, program, batch_id, external_consumer_id, status, message_digest, first_seen_at, attempts, completed_at, charged, updated_at)
		SELECT 'job-' || n, 'demo', 'b', 'cust-' || n, 'enrolled', sha256(n::text::bytea), at, 1, at, 1, at
		FROM generate_series(1, $1::integer) n, LATERAL (SELECT now() - interval '100 days' + n * interval '1 millisecond' AS at) AS t`, n)
	p.exec(`INSERT INTO attempts (job_id, attempt, started_at, verdict, finished_at)
		SELECT job_id, 1, completed_at, 'enrolled', completed_at FROM enrollments`)
	p.exec(`INSERT INTO program_counts (program, status, reason, detail, shard, count) VALUES ('demo', 'enrolled', '', '', 0, $1)`, n)
	p.exec(`INSERT INTO batch_counts (batch_id, status, reason, detail, shard, count) VALUES ('b', 'enrolled', '', '', 0, $1)`, n)

	for i := range n {
		msg := nats.NewMsg(jobs.OutcomeSubject("demo", "enrolled"))
		msg.Header.Set(nats.MsgIdHdr, fmt.Sprintf("job-%d/1/enrolled", i+1))
		msg.Data = fmt.Appendf(nil, `{"id":"job-%d","external_consumer_id":"cust-%d"}`, i+1, i+1)

		_, err := p.js.PublishMsgAsync(msg)
		require.NoError(t, err)
	}

	select {
	case <-p.js.PublishAsyncComplete():
	case <-time.After(patience):
		require.Fail(t, "events are not published")
	}

	return p
}

func (p *purging) exec(sql string, args ...any) {
	p.t.Helper()

	_, err := p.sql.Exec(p.t.Context(), sql, args...)
	require.NoError(p.t, err)
}

func (p *purging) count(sql string) (n int) {
	p.t.Helper()
	require.NoError(p.t, p.sql.QueryRow(p.t.Context(), sql).Scan(&n))

	return n
}

func (p *purging) events() uint64 {
	p.t.Helper()

	stream, err := p.js.Stream(p.t.Context(), jobs.StreamOutcomes)
	require.NoError(p.t, err)

	return stream.CachedInfo().State.Msgs
}

// purge runs the command, which must end with a code.
func (p *purging) purge(code int, args ...string) string {
	p.t.Helper()

	got, out := run(p.t, p.env, "worker", append([]string{"purge"}, args...)...)
	require.Equal(p.t, code, got, out)

	return out
}

// A purge that is killed at any time is finished by the same command.
func TestAPurgeThatIsKilled(t *testing.T) {
	t.Parallel()

	const n = 3000

	p := newPurging(t, n)
	args := []string{"purge", "--before", "1440h", "--yes", "--why", "retention"}

	killed := start(t, p.env, "worker", append(args, "--rate", "1000")...)
	eventually.True(t, func() bool { return p.count(`SELECT count(*) FROM purged_jobs`) >= 500 }, patience, tick)
	require.NoError(t, killed.Process.Kill())
	killed.exit(t)

	left := p.count(`SELECT count(*) FROM enrollments`)
	require.Positive(t, left)
	require.EqualValues(t, n, p.events(), "they come later")

	interrupted := start(t, p.env, "worker", append(args, "--rate", "300")...)
	interrupted.says(t, "purging:")
	require.NoError(t, interrupted.Process.Signal(syscall.SIGINT))
	require.Equal(t, 1, interrupted.exit(t), interrupted.out)
	require.Contains(t, interrupted.out.String(), "left undone: rows, dead letters, events, attempts, batches")
	require.Contains(t, interrupted.out.String(), "the same command again does that, and nothing twice")

	out := p.purge(0, append(args[1:], "--rate", "0")...)
	require.Contains(t, out, "3000  events overwritten")
	require.Contains(t, out, "1  months of attempts taken away as a whole")

	require.Zero(t, p.count(`SELECT count(*) FROM enrollments`))
	require.Zero(t, p.count(`SELECT count(*) FROM attempts`))
	require.Equal(t, n, p.count(`SELECT count(*) FROM purged_jobs`))
	require.Equal(t, n, p.count(`SELECT sum(count) FROM batch_counts WHERE status = 'purged'`))
	require.Zero(t, p.events())

	var acts []struct {
		Status string         `json:"status"`
		Why    string         `json:"why"`
		Scope  string         `json:"scope"`
		Counts map[string]int `json:"counts"`
	}
	require.NoError(t, json.Unmarshal([]byte(p.submit("acts", "--json")), &acts))
	require.Len(t, acts, 3)

	sum := 0
	for i, status := range []string{"done", "interrupted", "begun"} {
		require.Equal(t, status, acts[i].Status)
		require.Equal(t, "retention", acts[i].Why)
		require.Contains(t, acts[i].Scope, "ended before ")
		sum += acts[i].Counts["jobs"]
	}

	require.Less(t, sum, n, "what was killed could not say how much it did")

	require.Contains(t, p.purge(0, "--prove", "--before", "1440h"), "demo")
}

func TestAConsumerIsPurgedAndProven(t *testing.T) {
	t.Parallel()

	p := newPurging(t, 5)

	require.Contains(t, p.purge(3, "--prove", "--consumer", "cust-3"), "the consumer is found: table enrollments, column external_consumer_id: 1")
	require.Contains(t, p.purge(0, "--consumer", "cust-3", "--dry-run"), "1 jobs of the consumer ended before")
	require.Contains(t, p.purge(1, "--consumer", "cust-3"), "nothing was deleted; answer yes, or give --yes")
	require.Contains(t, p.purge(2, "--consumer", "cust-3", "--why", "asked by cust-3"), "--why: names the consumer")
	require.Equal(t, 5, p.count(`SELECT count(*) FROM enrollments`))

	out := p.purge(0, "--consumer", "cust-3", "--yes", "--why", "request 17", "--by", "ana")
	require.Contains(t, out, "1  jobs purged; their ids stay taken")
	require.Contains(t, out, "1  events overwritten")
	require.NotContains(t, out, "cust-3")

	require.Regexp(t, `(?s)^job-3: purged\nwhere: gone: .* purged at .*\nwhat to do: Nothing to do: .*ID_PURGED`, p.submit("job", "job-3"))
	require.Contains(t, p.purge(0, "--prove", "--consumer", "cust-3"), "the consumer is found nowhere")
	require.Contains(t, p.purge(3, "--prove", "--consumer", "cust-4"), "the consumer is found: stream ENROLL_OUTCOMES: 1")
	require.NotContains(t, p.submit("acts"), "cust-3")
	require.Contains(t, p.submit("acts"), "consumer sha256:")

	var proof struct {
		Programs []struct {
			Program   string    `json:"program"`
			OldestRow time.Time `json:"oldest_row"`
		} `json:"programs"`
	}
	require.NoError(t, json.Unmarshal([]byte(p.purge(0, "--prove", "--json")), &proof))
	require.Equal(t, "demo", proof.Programs[0].Program)
	require.WithinDuration(t, time.Now().Add(-100*24*time.Hour), proof.Programs[0].OldestRow, time.Hour)
	p.purge(3, "--prove", "--before", "1440h")

	for _, columns := range []string{"44", "80"} {
		code, out := run(t, append(p.env, "COLUMNS="+columns), "worker", "purge", "--prove")
		require.Zero(t, code, out)

		for line := range strings.Lines(out) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSpace(line)), 80, line)
		}
	}

	// One whose job has not ended is not forgotten yet.
	p.exec(`UPDATE enrollments SET status = 'pending', completed_at = NULL WHERE external_consumer_id = 'cust-4'`)

	out = p.purge(3, "--consumer", "cust-4", "--yes")
	require.Contains(t, out, "1 jobs of the consumer have not ended, and stay whatever their age")
	require.Contains(t, out, "1  messages name the consumer, are of jobs that have not ended, and stay")
}

func TestWrongUsageOfPurge(t *testing.T) {
	t.Parallel()

	good := []string{"--database-url=" + stacktest.Database(t), "--nats-url=nats://" + closedPort}

	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no date":                {nil, "--before: is missing; or give --consumer"},
		"no day":                 {[]string{"--before", "2026-13-01"}, "is no date such as 2026-11-27"},
		"a batch and a consumer": {[]string{"--batch", "b", "--consumer", "c"}, "--batch: cannot be given with --consumer"},
		"no program":             {[]string{"--before", "24h", "--program", "A b"}, "--program: \"A b\" must be 1 to 32"},
		"a rate below zero":      {[]string{"--before", "24h", "--rate=-1"}, "--rate: -1 must be 0 or more"},
		"a card number":          {[]string{"--consumer", "5204731600014784"}, "--consumer: may be a card number"},
	} {
		code, out := run(t, nil, "worker", append([]string{"purge"}, append(c.args, good...)...)...)
		require.Equal(t, 2, code, "%s: %s", name, out)
		require.Contains(t, out, c.says, name)
	}

	// What is in the future is by the database's clock.
	p := newPurging(t, 0)
	require.Contains(t, p.purge(2, "--before", "2999-01-01"), "--before: 2999-01-01T00:00:00Z is in the future")
	require.Contains(t, p.purge(0, "--before", "24h"), "0 jobs of all programs (demo) ended before")
}
