package acts_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/store"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

func ledger(t *testing.T) *store.Store {
	t.Helper()

	s, err := store.Open(t.Context(), stacktest.Database(t), store.Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)

	return s
}

func latest(ctx context.Context, t *testing.T, s *store.Store) store.OperatorAct {
	t.Helper()

	all, err := s.OperatorActs(context.WithoutCancel(ctx), store.ActFilter{Limit: 1})
	require.NoError(t, err)
	require.Len(t, all, 1)

	return all[0]
}

func TestHowAnActEndsIsKept(t *testing.T) {
	t.Parallel()

	s := ledger(t)
	book := acts.Book{Actor: acts.Actor{Who: "ana", As: "lead", Host: "10.0.0.7"}, Ledger: s}
	failure := errors.New("the queue at nats://user:secret@host is away")

	for name, c := range map[string]struct {
		do     func(ctx context.Context, interrupt func()) (acts.Result, error)
		want   store.ActStatus
		result string
	}{
		"done": {func(context.Context, func()) (acts.Result, error) {
			return acts.Result{Text: "all of it"}, nil
		}, store.ActDone, "all of it"},
		"refused": {func(context.Context, func()) (acts.Result, error) {
			return acts.Result{Refused: true}, errors.New("it is enrolled")
		}, store.ActRefused, "it is enrolled"},
		"failed": {func(context.Context, func()) (acts.Result, error) {
			return acts.Result{}, failure
		}, store.ActFailed, "the queue at nats://xxxxx@host is away"},
		"interrupted": {func(ctx context.Context, interrupt func()) (acts.Result, error) {
			interrupt()
			return acts.Result{Text: "half of it"}, ctx.Err()
		}, store.ActInterrupted, "half of it"},
	} {
		ctx, cancel := context.WithCancel(t.Context())

		var begun store.OperatorAct

		err := book.Do(ctx, acts.Act{Name: acts.Purge, Program: "gold", Scope: "before 2026-01-01", Why: "retention"},
			func(ctx context.Context) (acts.Result, error) {
				begun = latest(ctx, t, s)
				return c.do(ctx, cancel)
			})

		cancel()
		require.Equal(t, name != "done", err != nil, name)
		require.Equal(t, store.ActBegun, begun.Status, "it is kept before its effect")

		ended := latest(t.Context(), t, s)
		require.Equal(t, begun.ID, ended.ID)
		require.Equal(t, c.want, ended.Status, name)
		require.Equal(t, c.result, ended.Result, name)
		require.Equal(t, [4]string{"ana", "lead", "10.0.0.7", "retention"}, [4]string{ended.Who, ended.AsName, ended.Host, ended.Why})
	}
}

func TestWhatCannotBeKeptIsNotBegun(t *testing.T) {
	t.Parallel()

	s := ledger(t)
	s.Close()

	begun := 0
	do := func(context.Context) (acts.Result, error) {
		begun++
		return acts.Result{}, nil
	}

	err := acts.Book{Ledger: s}.Do(t.Context(), acts.Act{Name: acts.Cancel}, do)
	require.ErrorContains(t, err, "cancel was not begun")
	require.Zero(t, begun)

	// But for what has to be possible while the database is away.
	var told error

	book := acts.Book{Ledger: s, Unkept: func(err error) { told = err }}
	require.NoError(t, book.Do(t.Context(), acts.Act{Name: acts.Pause}, do))
	require.Equal(t, 1, begun)
	require.Error(t, told)
}

func TestAnActorNamesTheMachineBesideTheGivenName(t *testing.T) {
	t.Parallel()

	here := acts.Here("")
	require.NotEmpty(t, here.Who)
	require.Equal(t, here.Who+"@"+here.Host, here.String())
	require.Equal(t, "ana ("+here.String()+")", acts.Here("ana").String())
}
