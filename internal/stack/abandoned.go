package stack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// RemoveAbandoned removes the directories matching a pattern (as of filepath.Match) that a process of this user gave to
// StartPostgres and then left behind, because it was killed. A directory in use stays, and so does what is not such a directory.
func RemoveAbandoned(pattern string) error {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		return fmt.Errorf("looking for abandoned Postgres directories: %w", err)
	}

	var errs []error

	for _, dir := range dirs {
		errs = append(errs, removeAbandoned(dir))
	}

	return errors.Join(errs...)
}

func removeAbandoned(dir string) error {
	if !made(dir) {
		return nil
	}

	lock, err := tryLock(filepath.Join(dir, "lock"))
	if errors.Is(err, errLocked) {
		return nil
	}

	if err != nil {
		return fmt.Errorf("removing an abandoned Postgres directory: %w", err)
	}
	defer lock.release()

	if orphaned(filepath.Join(dir, "data")) {
		return nil // another time
	}

	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing an abandoned Postgres directory: %w", err)
	}

	return nil
}

// made tells whether dir is this user's and a start came so far in it as to make a data directory, which it does while it
// holds the lock.
func made(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return false
	}

	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != os.Geteuid() {
		return false
	}

	if _, err := os.Lstat(filepath.Join(dir, "lock")); err != nil {
		return false
	}

	for _, name := range []string{"data", "data.new"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}

	return false
}

// orphaned tells whether a server still runs on a data directory, after its parent has gone.
func orphaned(data string) bool {
	pid, _, err := readPIDFile(filepath.Join(data, "postmaster.pid"))

	return err == nil && look(pid, data) == running
}
