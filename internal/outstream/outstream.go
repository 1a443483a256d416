// Package outstream writes to what is at a path and is no file: a terminal, /dev/null, a named pipe, a descriptor that the shell
// has opened. Such a thing is written to as it is, never replaced, truncated or removed. Disks, sockets and folders are none.
package outstream

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/outfile"
)

// Is reports whether what is at a path is to be written to as it is. Where it is not, there is a file or nothing; anything else
// is an error, also a link to a file, which is neither replaced nor written through.
//
// It cannot keep the path from changing after it has looked.
func Is(path string) (bool, error) {
	if n, is := descriptor(path); is {
		return true, checkDescriptor(path, n)
	}

	if info, err := os.Stat(path); err == nil && writable(info.Mode()) {
		return true, nil
	}

	return false, outfile.Check(path)
}

// IsDescriptor reports whether a path stands for an open descriptor, as /dev/stdin and the shell's <(command) do: such a path is
// no name, and nothing can be made beside it.
func IsDescriptor(path string) bool {
	_, is := descriptor(path)

	return is
}

// IsStdout reports whether a path stands for standard output.
func IsStdout(path string) bool {
	n, is := descriptor(path)

	return is && n == unix.Stdout
}

func writable(mode fs.FileMode) bool { return mode&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0 }

// Stream is a device, pipe or descriptor that is being written to. A nil one needs no closing.
type Stream struct {
	path string
	file *os.File
	ctx  context.Context //nolint:containedctx // it ends writes, whose signature is io.Writer's
	stop *guard.Task
}

// grace is how long a reader may take to make room once the context has ended, so that no line is cut for want of a moment.
const grace = time.Second

// Open opens what is at a path for writing, which Is must have said is no file. A named pipe waits for a reader; wait is told
// so, and the end of the context ends it. The end of the context also ends a write that nobody reads.
func Open(ctx context.Context, path string, wait func(note string)) (*Stream, error) {
	file, err := open(ctx, path, wait)
	if err != nil {
		return nil, err
	}

	return &Stream{path: path, file: file, ctx: ctx, stop: guard.After(ctx, func() {
		_ = file.SetWriteDeadline(time.Now().Add(grace)) // devices have none, and do not wait
	})}, nil
}

func open(ctx context.Context, path string, wait func(note string)) (*os.File, error) {
	if n, is := descriptor(path); is {
		return openDescriptor(path, n)
	}

	for waited := false; ; waited = true {
		file, err := openPath(path)
		if !errors.Is(err, syscall.ENXIO) {
			return file, err
		}

		if !waited {
			wait(path + " is a pipe that nobody reads yet: waiting for a reader")
		}

		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("%s has no reader: %w", path, err)
		}
	}
}

// openPath does not wait for the reader of a pipe, which the system would do without an end.
func openPath(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("opening what is to be written to: %w", err)
	}

	// A file may have taken its place since the look at it.
	info, err := file.Stat()
	if err == nil && !writable(info.Mode()) {
		err = fmt.Errorf("%s was replaced while it was opened, and is left alone: start again", path)
	}

	if err != nil {
		return nil, errors.Join(err, file.Close())
	}

	return file, nil
}

// openDescriptor opens a pipe anew, so that a write to it can be ended, and anything else as it is: a file goes on where the
// shell's other commands write to it.
func openDescriptor(path string, n int) (*os.File, error) {
	if err := checkDescriptor(path, n); err != nil {
		return nil, err
	}

	if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		if file, err := openPath(path); err == nil {
			return file, nil
		}
	}

	own, err := unix.FcntlInt(uintptr(n), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}

	return os.NewFile(uintptr(own), path), nil
}

// between is the pause between two looks for a reader.
const between = 50 * time.Millisecond

func pause(ctx context.Context) error {
	timer := time.NewTimer(between)
	defer timer.Stop()

	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Write writes to the stream.
func (s *Stream) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)

	switch {
	case errors.Is(err, syscall.EPIPE):
		err = fmt.Errorf("%s is not read any more: %w", s.path, err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = fmt.Errorf("%s is not read: %w", s.path, s.ctx.Err())
	}

	return n, err
}

// Close ends the writing. Of a descriptor the shell's own stays open.
func (s *Stream) Close() error {
	if s == nil {
		return nil
	}

	s.stop.Stop()

	return s.file.Close()
}
