package outstream

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many links are followed, as many as the system follows.
const maxLinks = 40

// descriptor is the number of the open descriptor of this process that a path stands for, as /dev/stdout, /dev/fd/63 and
// links to them do.
func descriptor(path string) (n int, is bool) {
	for range maxLinks {
		folder, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return 0, false
		}

		if n, err := strconv.ParseUint(filepath.Base(path), 10, 31); err == nil && isOwn(folder) {
			return int(n), true
		}

		next, err := os.Readlink(path)
		if err != nil {
			return 0, false
		}

		if !filepath.IsAbs(next) {
			next = filepath.Join(folder, next)
		}

		path = next
	}

	return 0, false
}

// isOwn reports whether a folder is the one in which the system lists the descriptors of this process, or of a thread of it.
// Where there is no /proc, /dev/fd has devices, which are opened like others.
func isOwn(folder string) bool {
	self, err := os.Readlink("/proc/self")

	return err == nil && strings.HasPrefix(folder, filepath.Join("/proc", self)+"/") && filepath.Base(folder) == "fd"
}

// checkDescriptor refuses a descriptor that cannot be written to, and one that this process has opened for itself: that may be
// the connection to the database. Those are closed when a program is started; the ones that a shell hands over are not.
func checkDescriptor(path string, n int) error {
	flags, err := unix.FcntlInt(uintptr(n), unix.F_GETFD, 0)
	if err != nil {
		return fmt.Errorf("%s is not open: open it in the shell, such as with %d>FILE", path, n)
	}

	if flags&unix.FD_CLOEXEC != 0 {
		return fmt.Errorf("%s was not open when this command was started: open it in the shell, such as with %d>FILE", path, n)
	}

	mode, err := unix.FcntlInt(uintptr(n), unix.F_GETFL, 0)
	if err != nil {
		return fmt.Errorf("looking at %s: %w", path, err)
	}

	if mode&unix.O_ACCMODE == unix.O_RDONLY {
		return fmt.Errorf("%s is open for reading only: open it for writing, such as with %d>FILE", path, n)
	}

	return nil
}
