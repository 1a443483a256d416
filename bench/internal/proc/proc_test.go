package proc_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/bench/internal/proc"
)

func TestWhatThisProcessHasUsed(t *testing.T) {
	t.Parallel()

	own := time.Duration(0)

	for own < 10*time.Millisecond { // the least that can be told; reading it takes some
		require.NoError(t, t.Context().Err())

		var err error

		own, err = proc.CPU(os.Getpid())
		require.NoError(t, err)
	}

	tree, err := proc.TreeCPU(os.Getpid())
	require.NoError(t, err)
	require.GreaterOrEqual(t, tree, own)

	memory, err := proc.PeakMemory(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, memory, int64(1<<20))
}

func TestAProcessThatIsGone(t *testing.T) {
	t.Parallel()

	_, err := proc.CPU(1 << 30)
	require.ErrorIs(t, err, proc.ErrGone)
}
