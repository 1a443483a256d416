package guard_test

import (
	"context"
	"sync/atomic"
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
		task := guard.After(ctx, func() { ran++ })

		synctest.Wait()
		require.Zero(t, ran)
		cancel()
		synctest.Wait()
		task.Stop()
		task.Stop() // once more
		require.Equal(t, 1, ran)
		require.Nil(t, task.Panic())

		guard.After(t.Context(), func() { ran++ }).Stop()
		require.Equal(t, 1, ran, "it was stopped before")
	})
}

// Who stops it knows that it is not running any more.
func TestStoppingWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		task := guard.After(ctx, func() { <-time.After(time.Minute) })

		cancel()
		synctest.Wait()
		task.Stop()
		require.Equal(t, time.Minute, time.Since(began))
	})
}

func TestLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ran atomic.Int64

		task := guard.Later(time.Second, func() { ran.Add(1) })

		<-time.After(999 * time.Millisecond)
		synctest.Wait()
		require.Zero(t, ran.Load())
		<-time.After(time.Millisecond)
		synctest.Wait()
		require.EqualValues(t, 1, ran.Load())
		task.Stop()

		guard.Later(time.Second, func() { ran.Add(1) }).Stop()
		<-time.After(time.Hour)
		require.EqualValues(t, 1, ran.Load())
	})
}

// A panic there ends neither the process nor the program's end.
func TestAPanicLaterIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		task := guard.Later(0, func() { panic("5204731600014784") })
		synctest.Wait()
		task.Stop()

		p := task.Panic()
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
