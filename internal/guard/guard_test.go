package guard_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/guard"
)

const number = "5204731600014784"

func TestAPanicIsAnErrorWithoutItsValue(t *testing.T) {
	t.Parallel()

	err := guard.Do(func() error { panic(errors.New("cannot parse " + number)) })

	var p *guard.PanicError

	require.ErrorAs(t, err, &p)
	require.Equal(t, "*errors.errorString", p.Type)
	require.NotContains(t, err.Error()+string(p.Stack), number)
	require.Contains(t, string(p.Stack), "guard_test.go")
}

func TestAnErrorIsReturnedAsItIs(t *testing.T) {
	t.Parallel()

	require.NoError(t, guard.Do(func() error { return nil }))
	require.ErrorIs(t, guard.Do(func() error { return context.Canceled }), context.Canceled)
}

func TestALoopThatPanicsIsStartedAgain(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer

		runs := 0

		guard.Supervise(t.Context(), slog.New(slog.NewTextHandler(&log, nil)), "leases", func() {
			if runs++; runs < 3 {
				panic(number)
			}
		})

		require.Equal(t, 3, runs)
		require.Contains(t, log.String(), "part=leases")
		require.NotContains(t, log.String(), number)
	})
}

func TestALoopThatPanicsEndsWithItsContext(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	guard.Supervise(ctx, slog.New(slog.DiscardHandler), "leases", func() {
		cancel()
		panic(number)
	})
}
