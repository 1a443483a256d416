package outstream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/outstream"
)

// nullDevice is a device that takes everything. Run by root it is a stand-in: a fault would replace the machine's own.
func nullDevice(t *testing.T) string {
	t.Helper()

	if os.Getuid() != 0 {
		return os.DevNull
	}

	path := filepath.Join(t.TempDir(), "null")
	require.NoError(t, syscall.Mknod(path, syscall.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))

	return path
}

// folder is one for sockets, whose paths must be short.
func folder(t *testing.T) string {
	t.Helper()

	dir, err := os.MkdirTemp("", "outstream") //nolint:usetesting // see above
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })

	return dir
}

// inherited makes a descriptor look like one that a shell has handed over, and returns its path.
func inherited(t *testing.T, file *os.File) string {
	t.Helper()
	t.Cleanup(func() { _ = file.Close() }) // some tests have closed it before

	_, err := unix.FcntlInt(file.Fd(), unix.F_SETFD, 0)
	require.NoError(t, err)

	return fmt.Sprintf("/dev/fd/%d", file.Fd())
}

func openFile(t *testing.T, path string, flag int) *os.File {
	t.Helper()

	file, err := os.OpenFile(path, flag, 0o600)
	require.NoError(t, err)

	return file
}

func linkTo(t *testing.T, target string) string {
	t.Helper()

	path := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(target, path))

	return path
}

func TestWhatIsWrittenToAsItIs(t *testing.T) {
	t.Parallel()

	dir := folder(t)
	pipe, file, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "file"), filepath.Join(dir, "socket")

	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, os.WriteFile(file, nil, 0o600))

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })

	_, end, err := os.Pipe()
	require.NoError(t, err)

	own := openFile(t, file, os.O_WRONLY)
	t.Cleanup(func() { require.NoError(t, own.Close()) })

	opened := inherited(t, openFile(t, file, os.O_WRONLY))

	for name, c := range map[string]struct {
		path   string
		stream bool
		says   string
	}{
		"a pipe":                             {pipe, true, ""},
		"a device":                           {nullDevice(t), true, ""},
		"a link to a device":                 {linkTo(t, nullDevice(t)), true, ""},
		"a link to a pipe":                   {linkTo(t, pipe), true, ""},
		"a descriptor of a pipe":             {inherited(t, end), true, ""},
		"a descriptor of a file":             {opened, true, ""},
		"a descriptor by its other name":     {strings.Replace(opened, "/dev/fd", "/proc/self/fd", 1), true, ""},
		"a link to a descriptor":             {linkTo(t, opened), true, ""},
		"a link to a link to a descriptor":   {linkTo(t, linkTo(t, opened)), true, ""},
		"standard error":                     {"/dev/stderr", true, ""},
		"a descriptor that is not open":      {"/dev/fd/999999", true, "is not open: open it in the shell"},
		"one that is open for reading":       {inherited(t, openFile(t, file, os.O_RDONLY)), true, "is open for reading only"},
		"one that this process has opened":   {fmt.Sprintf("/dev/fd/%d", own.Fd()), true, "was not open when this command was started"},
		"a file":                             {file, false, ""},
		"nothing":                            {filepath.Join(dir, "new"), false, ""},
		"nothing that is called as a number": {filepath.Join(dir, "1"), false, ""},
		"a link to a file":                   {linkTo(t, file), false, "is a symbolic link, not a file, and is left alone"},
		"a link to nothing":                  {linkTo(t, filepath.Join(dir, "none")), false, "is a symbolic link"},
		"a folder":                           {dir, false, "is a folder, not a file"},
		"a socket":                           {socket, false, "is a socket, not a file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			stream, err := outstream.Is(c.path)
			require.Equal(t, c.stream, stream)

			if c.says == "" {
				require.NoError(t, err)
				return
			}

			require.ErrorContains(t, err, c.path)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestALoopOfLinksIsRefused(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "loop")
	require.NoError(t, os.Symlink(path, path))

	_, err := outstream.Is(path)
	require.ErrorContains(t, err, "is a symbolic link")
}

// noWait is for what has a reader.
func noWait(t *testing.T) func(string) {
	t.Helper()

	return func(note string) { t.Error(note) }
}

func write(t *testing.T, path, text string) {
	t.Helper()

	stream, err := outstream.Open(t.Context(), path, noWait(t))
	require.NoError(t, err)
	_, err = io.WriteString(stream, text)
	require.NoError(t, err)
	require.NoError(t, stream.Close())
}

func TestADeviceIsWrittenToAndStays(t *testing.T) {
	t.Parallel()

	for name, path := range map[string]string{"itself": nullDevice(t), "by a link": linkTo(t, nullDevice(t))} {
		before, err := os.Lstat(path)
		require.NoError(t, err)
		write(t, path, "text")

		after, err := os.Lstat(path)
		require.NoError(t, err)
		require.Equal(t, before.Mode(), after.Mode(), name)
	}
}

func TestAFileThatTheShellHasOpenedIsGoneOnWith(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "file")
	file := openFile(t, path, os.O_WRONLY|os.O_CREATE)

	_, err := io.WriteString(file, "before\n")
	require.NoError(t, err)

	write(t, inherited(t, file), "text\n")

	_, err = io.WriteString(file, "behind\n")
	require.NoError(t, err)

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "before\ntext\nbehind\n", string(text))
}

func TestAPipeIsWrittenToByItsDescriptor(t *testing.T) {
	t.Parallel()

	from, to, err := os.Pipe()
	require.NoError(t, err)
	write(t, inherited(t, to), "text")
	require.NoError(t, to.Close())

	text, err := io.ReadAll(from)
	require.NoError(t, err)
	require.Equal(t, "text", string(text))
}

func namedPipe(t *testing.T) string {
	t.Helper()

	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o600))

	return path
}

func TestAPipeWaitsForItsReader(t *testing.T) {
	t.Parallel()

	path := namedPipe(t)
	waits, read := make(chan string, 1), make(chan string, 1)

	go func() {
		defer close(read)

		<-waits

		text, err := os.ReadFile(path)
		if err == nil {
			read <- string(text)
		}
	}()

	stream, err := outstream.Open(t.Context(), path, func(note string) { waits <- note })
	require.NoError(t, err)
	_, err = io.WriteString(stream, "text")
	require.NoError(t, err)
	require.NoError(t, stream.Close())
	require.Equal(t, "text", <-read)
}

func TestWaitingForAReaderEndsWithTheContext(t *testing.T) {
	t.Parallel()

	path := namedPipe(t)
	ctx, cancel := context.WithCancel(t.Context())

	var notes []string

	_, err := outstream.Open(ctx, path, func(note string) {
		notes = append(notes, note)

		cancel()
	})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, path+" has no reader")
	require.Equal(t, []string{path + " is a pipe that nobody reads yet: waiting for a reader"}, notes)
}

func TestAWriteThatNobodyReadsEndsWithTheContext(t *testing.T) {
	t.Parallel()

	path := namedPipe(t)
	reader := openFile(t, path, os.O_RDONLY|unix.O_NONBLOCK)

	defer reader.Close() //nolint:errcheck // nothing was read

	ctx, cancel := context.WithCancel(t.Context())
	stream, err := outstream.Open(ctx, path, noWait(t))
	require.NoError(t, err)

	cancel()

	_, err = stream.Write(bytes.Repeat([]byte("x"), 4<<20)) // more than any pipe holds
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, path+" is not read")
	require.NoError(t, stream.Close())
}

func TestAReaderThatGoesIsAnError(t *testing.T) {
	t.Parallel()

	path := namedPipe(t)
	reader := openFile(t, path, os.O_RDONLY|unix.O_NONBLOCK)
	stream, err := outstream.Open(t.Context(), path, noWait(t))
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	eventually.Unread(t, path)

	_, err = io.WriteString(stream, "text")
	require.ErrorIs(t, err, syscall.EPIPE)
	require.ErrorContains(t, err, path+" is not read any more")
	require.NoError(t, stream.Close())
}

func TestADeviceThatIsFullIsAnError(t *testing.T) {
	t.Parallel()

	stream, err := outstream.Open(t.Context(), "/dev/full", noWait(t))
	require.NoError(t, err)

	_, err = io.WriteString(stream, "text")
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, stream.Close())
}

func TestCreateReplacesNothing(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "new")

	file, stream, err := outstream.Create(t.Context(), path, noWait(t))
	require.NoError(t, err)
	require.False(t, stream)
	require.NoError(t, file.Close())

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode())

	_, _, err = outstream.Create(t.Context(), path, noWait(t))
	require.ErrorIs(t, err, fs.ErrExist)

	_, _, err = outstream.Create(t.Context(), linkTo(t, path), noWait(t))
	require.ErrorContains(t, err, "is a symbolic link")

	file, stream, err = outstream.Create(t.Context(), nullDevice(t), noWait(t))
	require.NoError(t, err)
	require.True(t, stream)
	require.NoError(t, file.Close())
}

func TestNothingToCloseIsNoError(t *testing.T) {
	t.Parallel()

	var none *outstream.Stream

	require.NoError(t, errors.Join(none.Close()))
}

func TestOnlyDescriptorOneIsStandardOutput(t *testing.T) {
	t.Parallel()

	require.True(t, outstream.IsStdout("/dev/stdout"))
	require.True(t, outstream.IsStdout("/dev/fd/1"))
	require.True(t, outstream.IsStdout(linkTo(t, "/proc/self/fd/1")))
	require.False(t, outstream.IsStdout("/dev/stderr"))
	require.True(t, outstream.IsDescriptor("/dev/stdin"))
	require.False(t, outstream.IsDescriptor(os.DevNull))
	require.False(t, outstream.IsStdout(filepath.Join(t.TempDir(), "1")))
}
