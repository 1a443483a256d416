package store_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/store"
)

// The hard case for plans is the first hour: prepared on empty tables, they are kept while these grow.
// What Postgres counts is what was really executed.
func TestGrowingTablesAreNeverScanned(t *testing.T) {
	t.Parallel()

	const (
		jobs    = 6000
		callers = 100
	)

	d := newDatabase(t, store.Options{})
	withoutAutovacuum(t, d) // what it reads to summarize an index is counted as scans

	together(callers, func(caller int) {
		for n := caller; n < jobs; n += callers {
			if n == 2*callers { // once, while statistics of some 200 rows make scans look cheaper, and plans that go by them are kept
				d.exec(t, `ANALYZE enrollments, attempts`)
			}

			claim, err := d.Begin(t.Context(), beginRequest(fmt.Sprint("job-", n)))
			if err != nil {
				t.Error(err)
				return
			}

			if lost, err := d.Renew(t.Context(), []store.Lease{leaseOf(claim)}, time.Minute); err != nil || len(lost) > 0 {
				t.Error(lost, err)
			}

			r := result(claim, "retry", store.StatusRetrying)
			if n%3 > 0 {
				r = result(claim, "enrolled", store.StatusEnrolled)
				r.SrcDigitalCardID = fmt.Sprint("digital-", n)
			}

			if _, err := d.Finish(t.Context(), r); err != nil {
				t.Error(err)
			}

			if _, err := d.Begin(t.Context(), beginRequest(fmt.Sprint("job-", n))); err != nil {
				t.Error(err)
			}

			if overdue, err := d.Overdue(t.Context(), time.Hour, store.Overdue{}, 100); err != nil || len(overdue) > 0 {
				t.Error(overdue, err)
			}

			if card, ok, err := d.FindCard(t.Context(), "acme", fmt.Sprint("card-job-", n)); err != nil || ok != (n%3 > 0) {
				t.Error(card, ok, err)
			}
		}
	})

	d.Close()
	eventually.True(t, func() bool { // a session counts its scans in when it ends
		return value[int64](t, d, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`) == 0
	}, time.Minute, 10*time.Millisecond)

	const tables = `FROM pg_stat_user_tables WHERE relname ~ '^(enrollments|attempts)'`

	require.Zero(t, value[int64](t, d, `SELECT sum(seq_tup_read)::bigint `+tables), "rows read by scanning")
	require.Less(t, value[int64](t, d, `SELECT sum(idx_tup_fetch)::bigint `+tables), int64(10*jobs), "rows read by index: a few for each call")
}

// withoutAutovacuum keeps the server from vacuuming the tables that the test counts the reads of, and from summarizing what is new.
func withoutAutovacuum(t *testing.T, d *database) {
	t.Helper()

	d.exec(t, `DO $$ DECLARE name regclass; BEGIN
		FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relname ~ '^(enrollments|attempts)' LOOP
			EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name);
		END LOOP;
	END $$`)
	d.exec(t, `ALTER INDEX enrollments_completed_at SET (autosummarize = off)`)
}

// planJobs is how many jobs TestOperatorsQueriesUseIndexes has: enough for their plans to be those of millions. JobsSetting asks for more,
// 5000000 for example, which takes minutes.
const (
	planJobs    = 100_000
	planBatches = 5000
	jobsSetting = "ENROLL_TEST_PLAN_JOBS"
)

// planned is how many jobs are asked for.
func planned(t *testing.T) int {
	t.Helper()

	asked := os.Getenv(jobsSetting)
	if asked == "" {
		return planJobs
	}

	jobs, err := strconv.Atoi(asked)
	require.NoError(t, err, jobsSetting)

	return jobs
}

// fill gives a database the rows of some jobs in 5,000 batches of files and as many that messages alone name. It returns
// how far apart the jobs of one status are.
func fill(t *testing.T, d *database) (apart int) {
	t.Helper()

	jobs := planned(t)

	// Hundreds are at each status but enrolled, and in millions of jobs not more than a thousand.
	apart = max(200, jobs/1000)

	d.exec(t, `
		INSERT INTO enrollments (job_id, program, batch_id, external_card_id, external_consumer_id, status, message_digest, attempts,
			api_batch_id, charged, lease_until, next_attempt_at, attempt_started_at, completed_at, error_reason, first_seen_at, updated_at,
			pan_first6, pan_last4, pan_hmac, src_digital_card_id, src_correlation_id, trace_id)
		SELECT 'job-' || n, 'acme', 'batch-' || n % $2, 'card-' || n, 'consumer-' || n, s, sha256(n::text::bytea), 1,
			CASE s WHEN 'submitted' THEN 'api-' || n % 100 END, 1,
			CASE s WHEN 'in_progress' THEN now() END, CASE WHEN s IN ('retrying', 'submitted') THEN now() - interval '1 hour' + n * interval '1 second' END,
			now(), CASE WHEN s IN ('enrolled', 'rejected', 'dead') THEN now() - n * interval '1 second' END, 'CODE', now(), now() + interval '0',
			'520473', lpad((n % 10000)::text, 4, '0'), sha256(n::text::bytea), 'digital-' || n, 'correlation-' || n, 'trace-' || n
		FROM generate_series(1, $1::integer) n,
			LATERAL (SELECT CASE n % $3::integer WHEN 0 THEN 'retrying' WHEN 1 THEN 'in_progress' WHEN 2 THEN 'rejected'
				WHEN 3 THEN 'dead' WHEN 4 THEN 'pending' WHEN 5 THEN 'in_doubt' WHEN 6 THEN 'submitted' ELSE 'enrolled' END AS s) AS status`, jobs, planBatches, apart)
	d.exec(t, `
		INSERT INTO attempts (job_id, attempt, started_at)
		SELECT 'job-' || n, 1, now() - n % 2 * interval '40 days' FROM generate_series(1, $1::integer) n`, jobs)
	d.exec(t, `
		INSERT INTO batches (batch_id, program, started_at, updated_at)
		SELECT 'batch-' || n, 'acme', now() - n * interval '1 minute', now() FROM generate_series(1, $1::integer) n`, planBatches)
	d.exec(t, `
		INSERT INTO batch_counts (batch_id, status, reason, detail, shard, count, first_at, last_at)
		SELECT 'batch-' || b, status, '', '', shard, 1, now(), now()
		FROM generate_series(1, 2 * $1::integer) b, (VALUES ('enrolled'), ('rejected'), ('in_progress')) AS s (status), generate_series(1, 8) shard`,
		planBatches)
	d.exec(t, `
		INSERT INTO program_counts (program, status, reason, detail, shard, count, first_at, last_at)
		SELECT 'program-' || p, 'rejected', 'REASON_' || r, '', shard, 1, now(), now()
		FROM generate_series(1, 20) p, generate_series(1, 50) r, generate_series(1, 16) shard`)
	d.exec(t, `
		INSERT INTO batch_rejects (batch_id, row_number, fault, line, code)
		SELECT 'batch-' || n % 10, n, 1, n + 1, 'CODE' FROM generate_series(1, 10000) n`)
	d.exec(t, `
		INSERT INTO batch_lines (batch_id, row_number, line, step)
		SELECT 'batch-' || n % 10, n, n + 1, 1 FROM generate_series(1, 10000) n`)
	d.exec(t, `
		INSERT INTO api_batches (program, api_batch_id, records, submitted_at, completed_at)
		SELECT 'acme', 'api-' || n, 250, now() - n * interval '1 minute', CASE WHEN n >= 100 THEN now() END FROM generate_series(0, $1::integer) n`,
		jobs/10)
	d.exec(t, `INSERT INTO purged_jobs (id_sha256) SELECT sha256(n::text::bytea) FROM generate_series(1, $1::integer) n`, jobs)
	d.exec(t, `
		INSERT INTO operator_acts (who, host, act, at) SELECT 'a', 'b', 'pause', now() - n * interval '1 minute' FROM generate_series(1, 10000) n`)
	d.exec(t, `INSERT INTO operator_act_ends (act_id, status) SELECT id, 'done' FROM operator_acts`)
	eventually.True(t, func() bool { // while another session has a snapshot, as an autovacuum may, pages are not marked
		d.exec(t, `VACUUM (ANALYZE, PARALLEL 0)`)

		return value[bool](t, d, `SELECT relallvisible = relpages FROM pg_class WHERE oid = 'enrollments'::regclass`)
	}, 5*time.Minute, time.Second)

	return apart
}

// planCase is a statement and the index that serves it.
type planCase struct {
	sql, index string
	args       []any
	pages      int64  // read at most; 0: a few dozen
	small      string // a table that is scanned while this costs less than some look-ups
}

// The questions that operators and the sweep ask have an index each.
func TestOperatorsQueriesUseIndexes(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	apart := fill(t, d)

	page := []any{5 * time.Minute, time.Now().Add(-30 * time.Minute), "job-1", 100}
	ended := []any{[]string{"acme", "other"}, time.Now(), time.Now().Add(-time.Hour), "job-1", 50}
	ids := []string{"job-1", fmt.Sprint("job-", apart+1), fmt.Sprint("job-", 2*apart+1)} // in progress

	cases := map[string]planCase{
		"a job":                                 {sql: `SELECT status FROM enrollments WHERE job_id = 'job-1'`, index: "enrollments_pkey"},
		"a job's attempts":                      {sql: `SELECT verdict FROM attempts WHERE job_id = 'job-1'`, index: "pkey"},
		"a card":                                {sql: `SELECT status FROM enrollments WHERE external_card_id = 'card-7'`, index: "enrollments_card"},
		"a consumer":                            {sql: `SELECT status FROM enrollments WHERE external_consumer_id = 'consumer-7'`, index: "enrollments_consumer"},
		"a batch's rows":                        {sql: `SELECT job_id, status FROM enrollments WHERE batch_id = 'batch-7'`, index: "enrollments_batch", pages: listed},
		"retries that are due":                  {sql: `SELECT job_id FROM enrollments WHERE status = 'retrying' AND next_attempt_at < now()`, index: "enrollments_due", pages: listed},
		"leases that ran out":                   {sql: `SELECT job_id FROM enrollments WHERE status = 'in_progress' AND lease_until < now()`, index: "enrollments_leases", pages: listed},
		"jobs in doubt":                         {sql: `SELECT job_id FROM enrollments WHERE program = 'acme' AND status = 'in_doubt'`, index: "Index Scan using enrollments_", pages: listed},
		"today's rejections":                    {sql: `SELECT job_id FROM enrollments WHERE program = 'acme' AND status = 'rejected' AND completed_at > now() - interval '1 hour' ORDER BY completed_at DESC LIMIT 50`, index: "enrollments_failed"},
		"what is unfinished":                    {sql: `SELECT job_id FROM unfinished WHERE overdue > interval '1 minute'`, index: "enrollments_pending", pages: listed},
		"all that happened to one":              {sql: `SELECT a.verdict FROM enrollments e JOIN attempts a USING (job_id) WHERE e.external_card_id = 'card-9' ORDER BY a.started_at`, index: "enrollments_card"},
		"progress of a batch":                   {sql: `SELECT * FROM batch_progress WHERE batch_id = 'batch-77'`, index: "batch_counts_pkey"},
		"progress of a batch of messages":       {sql: `SELECT * FROM batch_progress WHERE batch_id = 'batch-7777'`, index: "batch_counts_pkey"},
		"progress of a batch that is not there": {sql: `SELECT * FROM batch_progress WHERE batch_id = 'no such'`, index: "batch_counts_pkey"},
		"progress of some batches":              {sql: `SELECT * FROM batch_progress WHERE batch_id = ANY ('{batch-77,batch-7777}')`, index: "batch_counts_pkey", pages: 300, small: "Seq Scan on batches "},
		"what a program came to":                {sql: `SELECT * FROM outcome_codes WHERE program = 'program-7' AND status = 'rejected' AND reason = 'REASON_7'`, index: "program_counts_pkey"},
		"calls that are unfinished":             {sql: `SELECT job_id FROM unfinished WHERE kind = 'attempt'`, index: "enrollments_leases", pages: listed},
		"retries that are unfinished":           {sql: `SELECT job_id FROM unfinished WHERE kind = 'retry'`, index: "enrollments_due", pages: listed},
		"results that are unfinished":           {sql: `SELECT job_id FROM unfinished WHERE kind = 'submitted'`, index: "enrollments_submitted", pages: listed},
		"batches of the API that are open":      {sql: `SELECT * FROM api_batches_open`, index: "api_batches_incomplete", pages: listed},
		"jobs of a batch of the API":            {sql: `SELECT job_id FROM enrollments WHERE api_batch_id = 'api-7'`, index: "enrollments_api_batch", pages: listed},
		"progress, for the store":               {sql: store.ProgressSQL, index: "batch_counts_pkey", args: []any{"batch-77"}},
		"codes of a batch, for the store":       {sql: store.BatchCodesSQL, index: "batch_counts_pkey", args: []any{"batch-77"}},
		"a card to take out": {sql: `SELECT src_digital_card_id FROM enrollments WHERE external_card_id = 'card-7' AND program = 'acme'
			AND status = 'enrolled' ORDER BY completed_at DESC LIMIT 1`, index: "enrollments_card"},
		"a consumer to forget": {sql: `SELECT src_consumer_id FROM enrollments WHERE external_consumer_id = 'consumer-7' AND program = 'acme'
			AND status = 'enrolled' ORDER BY completed_at DESC LIMIT 1`, index: "enrollments_consumer"},
		"all whom a key leads to": {sql: store.FindConsumersSQL, index: "enrollments_consumer", args: []any{"acme", "consumer-7", 21}},
		"the turn of an enrollment": {sql: store.ConsumerTurnsSQL, index: "enrollments_forgets",
			args: []any{[]int{0}, []string{"acme"}, []string{"consumer-7"}, []bool{false}, []string{"x"}, []time.Time{time.Now()}, []bool{true}}},
		"the turn of one that forgets": {sql: store.ConsumerTurnsSQL, index: "enrollments_consumer",
			args: []any{[]int{0}, []string{"acme"}, []string{"consumer-7"}, []bool{true}, []string{"x"}, []time.Time{time.Now()}, []bool{true}}},
		"the changes of a consumer": {sql: `SELECT EXISTS (SELECT FROM enrollments e WHERE e.program = 'acme' AND e.subject = 'consumer/x'
			AND e.status IN ('updated', 'forgotten', 'in_doubt') AND (e.queued_at, e.job_id) > (now(), 'j'))`, index: "enrollments_subject"},
		"the latest batches": {sql: `SELECT batch_id FROM batches ORDER BY started_at DESC, batch_id DESC LIMIT 20`, index: "batches_started"},
		"the batches of a content": {sql: `SELECT batch_id FROM batches WHERE source_sha256 = sha256('x') AND program = 'acme' AND (canceled_at IS NULL OR batch_id = 'b')
			ORDER BY batch_id = 'b' DESC, started_at DESC LIMIT 1`, index: "batches_content"},
		"the lines of a page": {sql: `SELECT line FROM batch_lines WHERE batch_id = 'batch-7' AND row_number <= 2000 AND row_number >= coalesce(
			(SELECT row_number FROM batch_lines WHERE batch_id = 'batch-7' AND row_number <= 1000 ORDER BY row_number DESC LIMIT 1), 0)`, index: "batch_lines_pkey"},
		"a page of rejects":     {sql: `SELECT code FROM batch_rejects WHERE batch_id = 'batch-7' AND row_number BETWEEN 1000 AND 2000`, index: "batch_rejects_pkey"},
		"canceled batches":      {sql: `SELECT batch_id FROM batches WHERE batch_id = ANY ('{batch-7,batch-8}') AND canceled_at IS NOT NULL`, index: "batches_pkey"},
		"conflicts of some ids": {sql: `SELECT c.job_id FROM unnest('{a,b}'::text[]) AS q (id) CROSS JOIN LATERAL (SELECT e.job_id FROM enrollments e WHERE e.job_id > q.id || '~' AND e.job_id < q.id || '~g' ORDER BY e.job_id LIMIT 1) AS c`, index: "enrollments_pkey"},
		"retries for the sweep": {sql: store.OverdueSQL, index: "enrollments_due", args: page, pages: listed},
		"leases for the sweep":  {sql: store.OverdueSQL, index: "enrollments_leases", args: page, pages: listed},
		"pending for the sweep": {sql: store.OverdueSQL, index: "enrollments_pending", args: page, pages: listed},
		"leases to renew":       {sql: store.LockSQL, index: "enrollments_pkey", args: []any{ids}},
		"jobs by their id":      {sql: store.FindSQL(store.KeyJob), index: "enrollments_pkey", args: []any{"job-7", 50}},
		"jobs of a card":        {sql: store.FindSQL(store.KeyExternalCard), index: "enrollments_card", args: []any{"card-7", 50}},
		"jobs of a consumer":    {sql: store.FindSQL(store.KeyExternalConsumer), index: "enrollments_consumer", args: []any{"consumer-7", 50}},
		"jobs of a card id":     {sql: store.FindSQL(store.KeyCardID), index: "enrollments_card_id", args: []any{"digital-7", 50}},
		"jobs of an answer":     {sql: store.FindSQL(store.KeyCorrelation), index: "enrollments_correlation", args: []any{"correlation-7", 50}},
		"jobs of a trace":       {sql: store.FindSQL(store.KeyTrace), index: "enrollments_trace", args: []any{"trace-7", 50}},
		"jobs of a number":      {sql: store.CardJobsSQL, index: "enrollments_pan_hmac", args: []any{[][]byte{[]byte("0123456789abcdef"), []byte("fedcba9876543210")}, 50}},
		"jobs of a masked card": {sql: `SELECT job_id FROM enrollments WHERE pan_last4 = '4784' AND pan_first6 = '520473'`, index: "enrollments_pan"},
		"attempts of a job":     {sql: store.AttemptsSQL, index: "pkey", args: []any{"job-7", 1000}},
		"leases renewed":        {sql: store.ExtendSQL, index: "enrollments_pkey", args: []any{ids, time.Minute}, pages: 200}, // an entry of each index for each new row

		"jobs that ended":           {sql: store.EndedSQL, index: "enrollments_ended", args: ended},
		"events of jobs that ended": {sql: store.EndedOutcomesSQL, index: "enrollments_ended", args: ended, pages: listed},
		"the job that ended first":  {sql: store.OldestEndedSQL, index: "enrollments_ended", args: []any{"acme"}},
		"the jobs of a consumer":    {sql: store.OfConsumerSQL, index: "enrollments_consumer", args: []any{"consumer-7", []string{}}},
		"ids of purged jobs":        {sql: store.PurgedSQL, index: "purged_jobs_pkey", args: []any{ids}},
		"the latest acts":           {sql: store.OperatorActsSQL, index: "operator_acts_at", args: []any{time.Time{}, nil, "", 0, 20}, pages: 300},

		"rejected jobs, listed":        {sql: store.JobsSQL, index: "enrollments_failed", args: []any{[]string{"acme"}, []string{"rejected", "dead"}, "", nil, nil, nil, "", 50}, pages: 300},
		"rejected jobs, the next page": {sql: store.JobsSQL, index: "enrollments_failed", args: []any{[]string{"acme"}, []string{"rejected", "dead"}, "CODE", nil, nil, time.Now().Add(-time.Hour), "job-7", 50}, pages: 300},
		"where a page of ended ends":   {sql: store.EndedBoundSQL, index: "Index Only Scan Backward using enrollments_ended", args: []any{[]string{"acme", "other"}, nil, nil, time.Now().Add(-time.Hour), 10_000}, pages: 400},
		"enrolled jobs, listed":        {sql: store.EndedPageSQL, index: "enrollments_ended", args: []any{[]string{"acme", "other"}, []string{"enrolled", "already_enrolled"}, "", nil, nil, nil, "", time.Now().Add(-time.Hour), 50}, pages: 300},
		"enrolled jobs, the next page": {sql: store.EndedPageSQL, index: "enrollments_ended", args: []any{[]string{"acme", "other"}, []string{"enrolled"}, "", nil, nil, time.Now().Add(-time.Hour), "job-7", time.Now().Add(-2 * time.Hour), 50}, pages: 300},
		"jobs in doubt, listed":        {sql: store.InDoubtSQL, index: "enrollments_in_doubt", args: []any{nil, "", 50}},
		"jobs in doubt, the next page": {sql: store.InDoubtSQL, index: "enrollments_in_doubt", args: []any{time.Now().Add(-time.Hour), "job-7", 50}},
		"batches, listed":              {sql: store.LatestBatchesSQL, index: "batches_started", args: []any{nil, "", 50}},
		"batches, the next page":       {sql: store.LatestBatchesSQL, index: "batches_started", args: []any{time.Now().Add(-time.Hour), "batch-7", 50}},
		"rejects, the next page":       {sql: store.RejectsAfterSQL, index: "batch_rejects_pkey", args: []any{"batch-7", 1000, 50}},
	}

	for status, index := range map[store.Status]string{
		store.StatusRetrying: "enrollments_due", store.StatusInProgress: "enrollments_leases", store.StatusPending: "enrollments_pending",
		store.StatusSubmitted: "enrollments_submitted", store.StatusInDoubt: "enrollments_in_doubt",
	} {
		bound, page := store.OpenSQL(status)
		cases["where a page of "+string(status)+" ends"] = planCase{sql: bound, index: index, args: []any{nil, nil, nil, 50}}
		cases[string(status)+", listed"] = planCase{sql: page, index: index, args: []any{nil, nil, nil, "", nil, []string{"acme"}, "", 50}, pages: listed}
	}

	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			rows, err := d.sql.Query(t.Context(), `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) `+c.sql, c.args...)
			require.NoError(t, err)

			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)

			plan := strings.Join(lines, "\n")
			require.Contains(t, plan, c.index)

			for _, line := range lines {
				if strings.Contains(line, "Seq Scan") && (c.small == "" || !strings.Contains(line, c.small)) {
					require.Contains(t, line, "cost=0.00..0.00", "but for next month's empty partition:\n%s", plan)
				}
			}

			require.LessOrEqual(t, pagesRead(t, lines), max(c.pages, fewPages), "pages read:\n%s", plan)
		})
	}
}

// fewPages are more than a look-up in a few indexes reads, and less than any scan. Where the answer is a list,
// of a thousand rows for each status, a page is read for each.
const (
	fewPages = 100
	listed   = 3500
)

// pagesRead is what the first line of a plan that tells of buffers says: they are those of the whole.
func pagesRead(t *testing.T, plan []string) int64 {
	t.Helper()

	for _, line := range plan {
		if !strings.Contains(line, "Buffers: shared") {
			continue
		}

		var all int64

		for _, found := range regexp.MustCompile(`(?:hit|read)=(\d+)`).FindAllStringSubmatch(line, -1) {
			n, err := strconv.ParseInt(found[1], 10, 64)
			require.NoError(t, err)

			all += n
		}

		return all
	}

	require.Fail(t, "no plan tells of buffers", plan)

	return 0
}
