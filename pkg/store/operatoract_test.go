package store_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/pkg/store"
)

func TestActsAreListedLatestFirst(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	first, err := d.BeginAct(t.Context(), store.OperatorAct{Who: "ana", AsName: "the night shift", Host: "console-1", Act: "pause", Program: "gold", Why: "keys"})
	require.NoError(t, err)
	second, err := d.BeginAct(t.Context(), store.OperatorAct{Who: "root", Host: "h", Act: "redrive", Scope: "all"})
	require.NoError(t, err)
	require.Greater(t, second, first)

	end := store.ActEnd{Status: store.ActInterrupted, Result: "interrupted", Counts: map[string]int64{"redriven": 3}}
	require.NoError(t, d.EndAct(t.Context(), second, end))
	require.NoError(t, d.EndAct(t.Context(), second, store.ActEnd{Status: store.ActDone}), "the first end stands")

	all, err := d.OperatorActs(t.Context(), store.ActFilter{Limit: 10})
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "redrive", all[0].Act)
	require.Equal(t, end, all[0].ActEnd)
	require.False(t, all[0].FinishedAt.IsZero())

	want := store.OperatorAct{
		ID: first, At: all[1].At, Who: "ana", AsName: "the night shift", Host: "console-1", Act: "pause", Program: "gold", Why: "keys",
		ActEnd: store.ActEnd{Status: store.ActBegun, Counts: map[string]int64{}},
	}
	require.Equal(t, want, all[1])

	for name, c := range map[string]struct {
		filter store.ActFilter
		want   int
	}{
		"of a program":        {store.ActFilter{Program: "gold", Limit: 10}, 1},
		"of another":          {store.ActFilter{Program: "silver", Limit: 10}, 0},
		"of the last hour":    {store.ActFilter{MaxAge: time.Hour, Limit: 10}, 2},
		"since a time":        {store.ActFilter{Since: all[0].At.Add(time.Hour), Limit: 10}, 0},
		"one":                 {store.ActFilter{Limit: 1}, 1},
		"those before the 2.": {store.ActFilter{Before: second, Limit: 10}, 1},
	} {
		found, err := d.OperatorActs(t.Context(), c.filter)
		require.NoError(t, err)
		require.Len(t, found, c.want, name)
	}
}

func TestTextsOfActsHoldNoCardNumber(t *testing.T) {
	t.Parallel()

	const number = "5204731600014784"

	d := newDatabase(t, store.Options{})
	id, err := d.BeginAct(t.Context(), store.OperatorAct{
		Who: number, AsName: number, Host: number, Act: "purge", Program: number, Scope: "job " + number, Why: strings.Repeat("x ", 3000) + number,
	})
	require.NoError(t, err)
	require.NoError(t, d.EndAct(t.Context(), id, store.ActEnd{Status: store.ActFailed, Result: "of " + number}))

	require.Zero(t, value[int64](t, d, `SELECT count(*) FROM acts WHERE acts::text LIKE '%'||$1||'%'`, number))

	_, err = d.BeginAct(t.Context(), store.OperatorAct{Who: "a", Host: "b", Act: "No Word"})
	require.Error(t, err)
	require.False(t, store.Retryable(err))
}

// Who may act cannot change what is kept of it.
func TestActsAreOnlyAddedTo(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.exec(t, grants.SetUp("public")+grants.Rights("public"))

	for _, role := range []grants.Role{grants.Worker, grants.Operator} {
		u, err := url.Parse(d.url)
		require.NoError(t, err)

		query := u.Query()
		query.Set("role", grants.RoleName(role))
		u.RawQuery = query.Encode()

		s, pool := openStore(t, u.String(), store.Options{}), openPool(t, u.String())

		id, err := s.BeginAct(t.Context(), store.OperatorAct{Who: "a", Host: "b", Act: "pause"})
		require.NoError(t, err)
		require.NoError(t, s.EndAct(t.Context(), id, store.ActEnd{Status: store.ActDone}))
		require.NoError(t, s.EndAct(t.Context(), id, store.ActEnd{Status: store.ActDone}))

		if role == grants.Operator {
			all, err := s.OperatorActs(t.Context(), store.ActFilter{Limit: 1})
			require.NoError(t, err)
			require.Equal(t, store.ActDone, all[0].Status)
		}

		for _, sql := range []string{
			`UPDATE operator_acts SET who = 'somebody else'`, `DELETE FROM operator_acts`, `TRUNCATE operator_acts`,
			`UPDATE operator_act_ends SET status = 'failed'`, `DELETE FROM operator_act_ends`, `DROP TABLE operator_acts`,
		} {
			_, err := pool.Exec(t.Context(), sql)
			require.Error(t, err, "%s as %s", sql, role)
		}
	}
}
