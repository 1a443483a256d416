package stack_test

import (
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
)

// A child has copies of all its parent's files between fork and exec, and must not keep a lock alive with them.
func TestALockIsFreeOnceReleasedWhateverIsForked(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "lock")
	forked := make(chan struct{})

	var children sync.WaitGroup
	for range 2 {
		children.Go(func() {
			for range 100 {
				assert.NoError(t, exec.CommandContext(t.Context(), "true").Run())
			}
		})
	}

	go func() {
		children.Wait()
		close(forked)
	}()

	var failed error

	for done := false; !done && failed == nil; {
		release, err := stack.TryLock(path)
		if err != nil {
			failed = err

			continue
		}

		release()

		select {
		case <-forked:
			done = true
		default:
		}
	}

	<-forked
	require.NoError(t, failed)
}
