package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// lockPoll is how often a lock that another process holds is tried again: flock has no call that waits and can be given up.
const lockPoll = 50 * time.Millisecond

var errLocked = errors.New("locked by another process")

// fileLock is an advisory lock (flock) on a file. The kernel drops it when its holder ends, however it ends.
type fileLock struct {
	file *os.File
	once sync.Once
}

// tryLock takes the lock, or fails with errLocked at once.
func tryLock(path string) (*fileLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening lock file: %w", err)
	}

	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()

		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}

		return nil, fmt.Errorf("locking %s: %w", path, err)
	}

	return &fileLock{file: f}, nil
}

// waitLock takes the lock, waiting for it until ctx ends.
func waitLock(ctx context.Context, path string) (*fileLock, error) {
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()

	for {
		l, err := tryLock(path)
		if !errors.Is(err, errLocked) {
			return l, err
		}

		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the lock %s: %w", path, ctx.Err())
		case <-tick.C:
		}
	}
}

// release drops the lock; a second call does nothing. The file stays: were it removed, two processes could hold the lock, each
// on a file of its own.
func (l *fileLock) release() {
	l.once.Do(func() {
		// Closing alone would leave the lock to a child that is just being forked, until it closes its copy by exec.
		_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
		_ = l.file.Close()
	})
}
