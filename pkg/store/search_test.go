package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// search returns what is found of texts, by table and column.
func search(t *testing.T, d *database, texts ...string) map[string]int64 {
	t.Helper()

	tables, err := d.Tables(t.Context())
	require.NoError(t, err)

	all := map[string]int64{}

	for _, table := range tables {
		found, err := d.SearchTable(t.Context(), table, texts, func(int64, int64) {})
		require.NoError(t, err)

		for column, n := range found {
			all[table.Name+"."+column] = n
		}
	}

	return all
}

func TestATextIsFoundInEveryTable(t *testing.T) {
	t.Parallel()

	const text = `o'Neil "7"\(x)%_é`

	d := newDatabase(t, store.Options{})

	r := beginRequest("job")
	r.Job.ExternalConsumerID, r.Job.BatchID = text, "b"
	f := result(begin(t, d.Store, r), "rejected", store.StatusRejected)
	f.Failure = store.Failure{Reason: "R", Message: "of " + text + ", it says"}
	finish(t, d.Store, f)
	ended(t, d, "another")

	_, err := d.BeginAct(t.Context(), store.OperatorAct{Who: "a", Host: "b", Act: "purge", Why: "asked by <" + text + ">"})
	require.NoError(t, err)
	require.NoError(t, d.SaveBatch(t.Context(), store.Batch{ID: "b", Program: "acme", Source: text}))
	d.exec(t, `INSERT INTO operator_act_ends (act_id, status, counts) VALUES (9, 'done', jsonb_build_object('x', 'cust-1'))`)

	require.Equal(t, map[string]int64{
		"enrollments.external_consumer_id": 1, "enrollments.error_message": 1, "attempts.error_message": 1,
		"operator_acts.why": 1, "batches.source": 1,
	}, search(t, d, text))

	require.Equal(t, map[string]int64{"operator_act_ends.counts": 1}, search(t, d, "cust-1"))
	require.Empty(t, search(t, d, "cust"+"-11"), "no word")
	require.Empty(t, search(t, d, "ust-1"), "a part of a word")
	require.Empty(t, search(t, d, "no such"))
	require.Len(t, search(t, d, "no such", "cust-1"), 1)
}

// A table that a migration brings is searched.
func TestEveryTableIsSearched(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.exec(t, `CREATE TABLE later (id integer, note jsonb); INSERT INTO later VALUES (1, '{"a": "cust-1"}')`)

	require.Equal(t, map[string]int64{"later.note": 1}, search(t, d, "cust-1"))
}
