package outfile_test

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/outfile"
	"enroll.example/clicktopay/pkg/pan"
)

// places makes one of each kind of what can be at a path.
func places(t *testing.T) func(name string) string {
	t.Helper()

	dir, err := os.MkdirTemp("", "outfile") //nolint:usetesting // a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })

	path := func(name string) string { return filepath.Join(dir, name) }

	require.NoError(t, os.WriteFile(path("file"), []byte("text"), 0o600))
	require.NoError(t, os.WriteFile(path("locked"), nil, 0))
	require.NoError(t, os.Mkdir(path("folder"), 0o700))
	require.NoError(t, os.Symlink(path("file"), path("link")))
	require.NoError(t, os.Symlink(path("folder"), path("link to a folder")))
	require.NoError(t, os.Symlink(path("nowhere"), path("dangling")))
	require.NoError(t, os.Symlink(os.DevNull, path("link to a device")))
	require.NoError(t, syscall.Mkfifo(path("pipe"), 0o600))

	socket, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path("socket"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, socket.Close()) })

	return path
}

func TestOnlyARegularFileIsReplaced(t *testing.T) {
	t.Parallel()

	path := places(t)

	for name, c := range map[string]struct{ path, says string }{
		"nothing is fine":                    {path("new"), ""},
		"a folder that is missing is fine":   {path("none/new"), ""},
		"a file is fine":                     {path("file"), ""},
		"a file without permissions is fine": {path("locked"), ""},
		"a link is refused":                  {path("link"), "is a symbolic link, not a file, and is left alone: name another file"},
		"a link to nothing is refused":       {path("dangling"), "is a symbolic link"},
		"a link to a device is refused":      {path("link to a device"), "is a symbolic link"},
		"a pipe is refused":                  {path("pipe"), "is a pipe, not a file"},
		"a socket is refused":                {path("socket"), "is a socket, not a file"},
		"a folder is refused":                {path("folder"), "is a folder, not a file"},
		"a device is refused":                {os.DevNull, "is a device, not a file, and is left alone: name a file, or leave the option out"},
		"a path through a file is an error":  {path("file/new"), "looking at what is to be written"},
		"a card number as a name":            {path("2223-0000-4840-0011.csv"), "-0011.csv: the name looks like a card number"},
		"a path that the system cannot hold": {path("\x00"), "looking at what is to be written"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			requireAnswer(t, outfile.Check(c.path), c.path, c.says)
		})
	}
}

func TestOnlyAFolderIsMadeAnew(t *testing.T) {
	t.Parallel()

	path := places(t)

	for name, c := range map[string]struct{ path, says string }{
		"nothing is fine":               {path("new"), ""},
		"a folder is fine":              {path("folder"), ""},
		"a link to a folder is refused": {path("link to a folder"), "is a symbolic link, not a folder"},
		"a file is refused":             {path("file"), "is a file, not a folder, and is left alone: name another folder"},
		"a device is refused":           {os.DevNull, "is a device, not a folder"},
		"numbers of several folders":    {path("2223000048/400011/keys"), ""},
		"a card number in the path":     {path("2223000048400011/keys"), "************0011/keys: the path holds what looks like a card number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			requireAnswer(t, outfile.CheckFolder(c.path), c.path, c.says)
		})
	}
}

func requireAnswer(t *testing.T, err error, path, says string) {
	t.Helper()

	if says == "" {
		require.NoError(t, err)
		return
	}

	require.ErrorContains(t, err, says)
	require.ErrorContains(t, err, pan.MaskText(path))
}
