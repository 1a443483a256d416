package store_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// question is one of docs/questions.md.
type question struct{ name, sql string }

func questions(t *testing.T) (all []question) {
	t.Helper()

	text, err := os.ReadFile("../../docs/questions.md")
	require.NoError(t, err)

	sections := regexp.MustCompile(`(?ms)^### (\d+\. [^\n]*)\n(.*?)^`+"```sql\n(.*?);\n```").FindAllStringSubmatch(string(text), -1)
	for _, found := range sections {
		require.NotContains(t, found[2], "\n#", "%s has no statement", found[1])

		all = append(all, question{name: found[1], sql: found[3]})
	}

	require.Len(t, all, strings.Count(string(text), "\n### "), "each question has a statement")

	return all
}

// lastMinuteSQL has what ended in the last minute of the jobs end in the last minute: to make millions of them takes longer.
const lastMinuteSQL = `
UPDATE enrollments e SET completed_at = e.completed_at + late.by, attempt_started_at = e.attempt_started_at + late.by
FROM (SELECT max(completed_at) AS at, now() - max(completed_at) AS by FROM enrollments) late
WHERE e.completed_at > late.at - interval '1 minute'`

// newQuestioned is a database with the jobs that the questions are asked of, counted by hour up to some minutes ago.
func newQuestioned(t *testing.T, jobs int) *database {
	t.Helper()

	d := newDatabase(t, store.Options{})

	statements, err := os.ReadFile("testdata/questions.sql")
	require.NoError(t, err)

	for statement := range strings.SplitSeq(string(statements), "\n\n") {
		if strings.Contains(statement, "$1::bigint") {
			d.exec(t, statement, jobs)
		} else {
			d.exec(t, statement)
		}
	}

	var until time.Time

	require.NoError(t, d.sql.QueryRow(t.Context(), `UPDATE rolled_up SET until = now() - interval '4 minutes' RETURNING until`).Scan(&until))
	d.exec(t, store.CountRowsSQL, time.Time{}, until)
	d.exec(t, lastMinuteSQL)
	d.exec(t, `VACUUM (ANALYZE, PARALLEL 0)`)

	return d
}

// The statements that operators are told to use answer, and read no big table as a whole.
//
//nolint:tparallel // one statement after the other, as their times are told
func TestQuestionsOfOperatorsReadNoBigTable(t *testing.T) {
	t.Parallel()

	jobs := planned(t)
	d := newQuestioned(t, jobs)

	conn, err := d.sql.Acquire(t.Context())
	require.NoError(t, err)
	t.Cleanup(conn.Release)

	// Of a table of this size a quarter may be read faster as a whole: what has no other way does so all the same.
	_, err = conn.Exec(t.Context(), `SELECT set_config('enable_seqscan', $1, false), set_config('jit', 'off', false)`, map[bool]string{true: "off", false: "on"}[jobs <= planJobs])
	require.NoError(t, err)

	for _, q := range questions(t) { //nolint:paralleltest // see above
		t.Run(q.name, func(t *testing.T) {
			rows, err := conn.Query(t.Context(), `EXPLAIN (ANALYZE, TIMING OFF) `+q.sql)
			require.NoError(t, err)

			plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
			require.Empty(t, scanned(plan), strings.Join(plan, "\n"))

			began := time.Now()
			rows, err = conn.Query(t.Context(), q.sql)
			require.NoError(t, err)

			answers, err := pgx.CollectRows(rows, pgx.RowToMap)
			require.NoError(t, err)
			require.NotEmpty(t, answers, "nothing was asked of")
			t.Logf("%7.1f ms, %4d rows", time.Since(began).Seconds()*1000, len(answers))
		})
	}
}

// bigTable is a scan of a table that grows with the jobs.
var bigTable = regexp.MustCompile(`Seq Scan on (enrollments|attempts\w*|batches|batch_counts|batch_rejects|operator_act\w*)\b`)

// scanned is the line of a plan that reads such a table, unless that is empty, as the partition of next month is; "" for none.
func scanned(plan []string) string {
	for i, line := range plan {
		below := strings.Join(plan[i+1:min(i+3, len(plan))], "\n")
		empty := strings.Contains(line, "actual rows=0 ") && !strings.Contains(below, "Rows Removed by Filter")

		if bigTable.MatchString(line) && !empty && !strings.Contains(line, "never executed") {
			return line
		}
	}

	return ""
}

func TestAScanOfABigTableIsSeen(t *testing.T) {
	t.Parallel()

	for plan, scans := range map[string]bool{
		"Seq Scan on enrollments e  (cost=0.00..9.00 rows=1 width=8) (actual rows=7 loops=1)":                                     true,
		"->  Seq Scan on attempts_2026_11  (cost=0.0..1.0) (actual rows=0 loops=1)\n  Filter: (x)\n  Rows Removed by Filter: 900": true,
		"->  Seq Scan on attempts_2026_12  (cost=0.0..0.0) (actual rows=0 loops=1)\n  Filter: (x)":                                false,
		"->  Seq Scan on attempts_default  (cost=0.0..0.0) (never executed)":                                                      false,
		"->  Seq Scan on rolled_up  (cost=0.0..0.0) (actual rows=1 loops=1)":                                                      false,
		"Index Scan using enrollments_pkey on enrollments (actual rows=1 loops=1)":                                                false,
	} {
		require.Equal(t, scans, scanned(strings.Split(plan, "\n")) != "", plan)
	}
}
