package guard_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/guard"
)

func TestAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ran := 0
		stop := guard.After(ctx, func() { ran++ })

		synctest.Wait()
		require.Zero(t, ran)
		cancel()
		synctest.Wait()
		require.Nil(t, stop())
		require.Nil(t, stop(), "once more")
		require.Equal(t, 1, ran)

		require.Nil(t, guard.After(t.Context(), func() { ran++ })())
		require.Equal(t, 1, ran, "it was stopped before")
	})
}

// Who stops it knows that it is not running any more.
func TestStoppingWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		stop := guard.After(ctx, func() { time.Sleep(time.Minute) })

		cancel()
		synctest.Wait()
		stop()
		require.Equal(t, time.Minute, time.Since(began))
	})
}

func TestLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		stop := guard.Later(time.Second, func() { ran++ })

		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		require.Zero(t, ran)
		time.Sleep(time.Millisecond)
		synctest.Wait()
		require.Equal(t, 1, ran)
		stop()

		guard.Later(time.Second, func() { ran++ })()
		time.Sleep(time.Hour)
		require.Equal(t, 1, ran)
	})
}

// A panic there ends neither the process nor the program's end.
func TestAPanicLaterIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stop := guard.Later(0, func() { panic("5204731600014784") })
		synctest.Wait()
		p := stop()
		require.Equal(t, "string", p.Type)
		require.NotContains(t, string(p.Stack), "5204731600014784")
	})
}

func TestGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		parent, end := context.WithCancel(t.Context())
		ctx, cancel := guard.Grace(parent, time.Minute)
		defer cancel()

		end()
		began := time.Now()
		<-ctx.Done()
		require.Equal(t, time.Minute, time.Since(began))
	})
}

// Nothing is left behind when it is not needed any more: a bubble fails when a goroutine or a timer is.
func TestAGraceThatIsNotNeeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		parent, end := context.WithCancel(t.Context())

		ctx, cancel := guard.Grace(parent, time.Hour)
		cancel()
		require.Error(t, ctx.Err())

		ctx, cancel = guard.Grace(parent, time.Hour)
		end()
		synctest.Wait()
		require.NoError(t, ctx.Err())
		cancel()
		require.Error(t, ctx.Err())
	})
}
