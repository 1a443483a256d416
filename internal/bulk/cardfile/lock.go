package cardfile

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Lock refuses a file that another run has in its hands: the two would write one
// rejects file. The lock is the kernel's, on the open file, and ends with it or
// with the process, however that ends. A file system that knows no locks is no
// reason not to send.
//
// It is released before the file is closed: a child process that is being started at that moment holds the open file, and
// with it the lock, until it runs its own program.
func (s Source) Lock() (release func(), err error) {
	file, ok := s.Reader.(*os.File)
	if !ok {
		return func() {}, nil
	}

	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%s is being sent by another process: wait for that, or stop it; then the same command goes on", s.Name)
	}

	return func() { _ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }, nil
}
