package guard_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/guard"
)

func TestLoopGoesOnAfterAPanicAndEndsWithItsContext(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	rounds := 0

	guard.Loop(ctx, slog.New(slog.DiscardHandler), "a loop", time.Millisecond, func(ticks <-chan time.Time) {
		for guard.Tick(ctx, ticks) {
			switch rounds++; rounds {
			case 2:
				panic("in the second round")
			case 4:
				cancel()
			}
		}
	})

	require.Equal(t, 4, rounds)
}

func TestTickIsFalseOnceTheContextHasEnded(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	ticks := make(chan time.Time, 2)
	ticks <- time.Now()
	require.True(t, guard.Tick(ctx, ticks))

	ticks <- time.Now()

	cancel()
	require.False(t, guard.Tick(ctx, ticks))
}
