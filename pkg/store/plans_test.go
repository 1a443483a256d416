package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

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

	together(callers, func(caller int) {
		for n := caller; n < jobs; n += callers {
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
	require.Eventually(t, func() bool { // a session counts its scans in when it ends
		return value[int64](t, d, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'clicktopay'`) == 0
	}, time.Minute, 10*time.Millisecond)

	const tables = `FROM pg_stat_user_tables WHERE relname ~ '^(enrollments|attempts)'`

	require.Zero(t, value[int64](t, d, `SELECT sum(seq_tup_read)::bigint `+tables), "rows read by scanning")
	require.Less(t, value[int64](t, d, `SELECT sum(idx_tup_fetch)::bigint `+tables), int64(10*jobs), "rows read by index: a few for each call")
}

// The questions that operators and the sweep ask have an index each.
func TestOperatorsQueriesUseIndexes(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.exec(t, `
		INSERT INTO enrollments (job_id, program, batch_id, external_card_id, external_consumer_id, status, message_digest, attempts,
			charged, lease_until, next_attempt_at, attempt_started_at, completed_at, error_reason, first_seen_at, updated_at)
		SELECT 'job-' || n, 'acme', 'batch-' || n / 200, 'card-' || n, 'consumer-' || n, s, sha256(n::text::bytea), 1, 1,
			CASE s WHEN 'in_progress' THEN now() END, CASE s WHEN 'retrying' THEN now() - interval '1 hour' + n * interval '1 second' END,
			now(), CASE WHEN s IN ('enrolled', 'rejected', 'dead') THEN now() - n * interval '1 second' END, 'CODE', now(), now()
		FROM generate_series(1, 30000) n,
			LATERAL (SELECT CASE n % 200 WHEN 0 THEN 'retrying' WHEN 1 THEN 'in_progress' WHEN 2 THEN 'rejected' WHEN 3 THEN 'dead'
				WHEN 4 THEN 'pending' WHEN 5 THEN 'in_doubt' ELSE 'enrolled' END AS s) AS status`)
	d.exec(t, `
		INSERT INTO attempts (job_id, attempt, started_at)
		SELECT 'job-' || n, 1, now() - n % 2 * interval '40 days' FROM generate_series(1, 30000) n`)
	d.exec(t, `
		INSERT INTO batches (batch_id, program, started_at, updated_at)
		SELECT 'batch-' || n, 'acme', now() - n * interval '1 minute', now() FROM generate_series(1, 5000) n`)
	d.exec(t, `
		INSERT INTO batch_rejects (batch_id, row_number, fault, line, code)
		SELECT 'batch-' || n % 10, n, 1, n + 1, 'CODE' FROM generate_series(1, 10000) n`)
	d.exec(t, `ANALYZE`)

	page := []any{5 * time.Minute, time.Now().Add(-30 * time.Minute), "job-1", 100}
	ids := []string{"job-1", "job-201", "job-401"}

	for name, c := range map[string]struct {
		sql, index string
		args       []any
	}{
		"a job":                    {sql: `SELECT status FROM enrollments WHERE job_id = 'job-1'`, index: "enrollments_pkey"},
		"a job's attempts":         {sql: `SELECT verdict FROM attempts WHERE job_id = 'job-1'`, index: "pkey"},
		"a card":                   {sql: `SELECT status FROM enrollments WHERE external_card_id = 'card-7'`, index: "enrollments_card"},
		"a consumer":               {sql: `SELECT status FROM enrollments WHERE external_consumer_id = 'consumer-7'`, index: "enrollments_consumer"},
		"a batch's rows":           {sql: `SELECT job_id, status FROM enrollments WHERE batch_id = 'batch-7'`, index: "enrollments_batch"},
		"retries that are due":     {sql: `SELECT job_id FROM enrollments WHERE status = 'retrying' AND next_attempt_at < now()`, index: "enrollments_due"},
		"leases that ran out":      {sql: `SELECT job_id FROM enrollments WHERE status = 'in_progress' AND lease_until < now()`, index: "enrollments_leases"},
		"jobs in doubt":            {sql: `SELECT job_id FROM enrollments WHERE program = 'acme' AND status = 'in_doubt'`, index: "enrollments_failed"},
		"today's rejections":       {sql: `SELECT job_id FROM enrollments WHERE program = 'acme' AND status = 'rejected' AND completed_at > now() - interval '1 hour' ORDER BY completed_at DESC LIMIT 50`, index: "enrollments_failed"},
		"what is unfinished":       {sql: `SELECT job_id FROM unfinished WHERE overdue > interval '1 minute'`, index: "enrollments_pending"},
		"all that happened to one": {sql: `SELECT a.verdict FROM enrollments e JOIN attempts a USING (job_id) WHERE e.external_card_id = 'card-9' ORDER BY a.started_at`, index: "enrollments_card"},
		"a card to take out": {sql: `SELECT src_digital_card_id FROM enrollments WHERE external_card_id = 'card-7' AND program = 'acme'
			AND operation = 'enroll' AND status = 'enrolled' ORDER BY completed_at DESC LIMIT 1`, index: "enrollments_card"},
		"the latest batches":    {sql: `SELECT batch_id FROM batches ORDER BY started_at DESC, batch_id DESC LIMIT 20`, index: "batches_started"},
		"a page of rejects":     {sql: `SELECT code FROM batch_rejects WHERE batch_id = 'batch-7' AND row_number BETWEEN 1000 AND 2000`, index: "batch_rejects_pkey"},
		"canceled batches":      {sql: `SELECT batch_id FROM batches WHERE batch_id = ANY ('{batch-7,batch-8}') AND canceled_at IS NOT NULL`, index: "batches_pkey"},
		"conflicts of some ids": {sql: `SELECT c.job_id FROM unnest('{a,b}'::text[]) AS q (id) CROSS JOIN LATERAL (SELECT e.job_id FROM enrollments e WHERE e.job_id > q.id || '~' AND e.job_id < q.id || '~g' ORDER BY e.job_id LIMIT 1) AS c`, index: "enrollments_pkey"},
		"retries for the sweep": {sql: store.OverdueSQL, index: "enrollments_due", args: page},
		"leases for the sweep":  {sql: store.OverdueSQL, index: "enrollments_leases", args: page},
		"pending for the sweep": {sql: store.OverdueSQL, index: "enrollments_pending", args: page},
		"leases to renew":       {sql: store.LockSQL, index: "enrollments_pkey", args: []any{ids}},
		"leases renewed":        {sql: store.ExtendSQL, index: "enrollments_pkey", args: []any{ids, time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			rows, err := d.sql.Query(t.Context(), `EXPLAIN `+c.sql, c.args...)
			require.NoError(t, err)

			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)

			plan := strings.Join(lines, "\n")
			require.Contains(t, plan, c.index)

			for _, line := range lines {
				if strings.Contains(line, "Seq Scan") {
					require.Contains(t, line, "cost=0.00..0.00", "but for next month's empty partition:\n%s", plan)
				}
			}
		})
	}
}
