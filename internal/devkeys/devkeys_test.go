package devkeys_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
)

// A link that leads nowhere is no key yet: the key must not be made where it leads, nor in its stead.
func TestAKeyIsNotWrittenThroughALink(t *testing.T) {
	t.Parallel()

	dir := devkeys.Dir(t.TempDir())
	target := filepath.Join(t.TempDir(), "elsewhere")
	require.NoError(t, os.Symlink(target, dir.Path(devkeys.HMACKey)))

	_, err := dir.Make("20990101000000-fpan-encryption")
	require.ErrorContains(t, err, dir.Path(devkeys.HMACKey)+" is a symbolic link, not a file")
	require.NoFileExists(t, target)

	info, err := os.Lstat(dir.Path(devkeys.HMACKey))
	require.NoError(t, err)
	require.Equal(t, os.ModeSymlink, info.Mode().Type())
}

// Workers and the sandbox read the same file of programs.
func TestTheSandboxKnowsTheDirectoryOfAProgram(t *testing.T) {
	t.Parallel()

	dir := devkeys.Dir(t.TempDir())
	_, err := dir.Make("20990101000000-fpan-encryption")
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(dir.Path(devkeys.Programs),
		[]byte(`{"programs": [{"name": "gold", "src_client_id": "c", "service_id": "s", "directory_id": "dir-1"}]}`), 0o600))

	options, err := dir.Sandbox()
	require.NoError(t, err)
	require.Equal(t, []sandbox.Program{{SrcClientID: "c", ServiceID: "s", DirectoryID: "dir-1"}}, options.Clients[0].Programs)
}
