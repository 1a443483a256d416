package store

import (
	"context"
	"sync/atomic"
	"testing"
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
