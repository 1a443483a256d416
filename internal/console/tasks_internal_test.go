package console

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/redrive"
)

// A run that takes long is still there to be canceled, and ends with the console, whatever was counted meanwhile.
func TestARunThatGoesOnIsNotForgotten(t *testing.T) {
	t.Parallel()

	all := &tasks{now: time.Now}
	long := &task{}

	require.True(t, all.start(long, func(ctx context.Context) (redrive.Summary, error) {
		<-ctx.Done()

		return redrive.Summary{}, ctx.Err()
	}))

	for range 2 * mostTasks {
		short := &task{}
		require.True(t, all.start(short, func(context.Context) (redrive.Summary, error) { return redrive.Summary{}, nil }))
		eventually.True(t, func() bool { return !short.view().Finished.IsZero() }, 10*time.Second, time.Millisecond)
	}

	require.Len(t, all.views(), mostTasks)
	require.Same(t, long, all.find(long.ID))

	all.stop()
	require.False(t, long.view().Finished.IsZero())
}
