package eventually

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// Unread waits until nobody has a named pipe open for reading. A process that is being started has a copy of each reader of ours
// until it runs its program: whoever writes before that finds a reader.
func Unread(t T, path string) {
	t.Helper()

	True(t, func() bool {
		writer, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			_ = writer.Close()
		}

		return errors.Is(err, syscall.ENXIO)
	}, time.Minute, time.Millisecond, "%s is read", path)
}
