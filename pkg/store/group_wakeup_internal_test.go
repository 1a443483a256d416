package store

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A call that becomes ready while a flush is scheduled, between two readings of the clock, is flushed by and by: alone in the
// queue it would wait for ever.
func TestACallThatBecomesReadyWhileFlushesAreScheduledIsFlushed(t *testing.T) {
	t.Parallel()

	g := newGroup(groupSettings{
		delay: 1500 * time.Microsecond, rows: 10, slots: 1, patience: time.Second, timeout: time.Second,
	}, func(_ context.Context, requests []int) ([]answer[int], error) {
		return column(requests, func(r int) answer[int] { return answer[int]{value: r + 1} }), nil
	})

	// Each reading is a millisecond later, and all are long ago, so that timers fire at once.
	var readings atomic.Int64

	g.now = func() time.Time { return time.Unix(0, readings.Add(1)*int64(time.Millisecond)) }

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	value, err := g.do(ctx, "key", 1)
	require.NoError(t, err)
	require.Equal(t, 2, value)

	g.close()
}

// A panic when the timer fires is the answer of those who wait: it ends neither the process nor their hope for an answer.
func TestAPanicOfTheTimerIsAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(groupSettings{
			delay: time.Second, rows: 10, slots: 1, patience: time.Second, timeout: time.Second,
		}, func(_ context.Context, requests []int) ([]answer[int], error) {
			return column(requests, func(r int) answer[int] { return answer[int]{value: r + 1} }), nil
		})

		var panics atomic.Bool

		g.now = func() time.Time {
			if panics.Load() {
				panic("5204731600014784")
			}

			return time.Now()
		}

		answered := make(chan error, 1)

		go func() {
			_, err := g.do(t.Context(), "key", 1)
			answered <- err
		}()

		synctest.Wait()

		panics.Store(true)
		err := <-answered
		require.ErrorIs(t, err, errPanic)
		require.NotContains(t, err.Error(), "5204731600014784")

		panics.Store(false)
		value, err := g.do(t.Context(), "key", 1)
		require.NoError(t, err)
		require.Equal(t, 2, value)

		g.close()
	})
}
