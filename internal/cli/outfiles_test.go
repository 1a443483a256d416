package cli_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// The commands' own outputs, as a user names them. A pipe that nobody reads must not be waited for either.
func TestOutputsReplaceOnlyFiles(t *testing.T) {
	t.Parallel()

	for name, args := range map[string]func(cards, out string) []string{
		"rejects":  func(cards, out string) []string { return []string{cards, "--dry-run", "--rejects", out} },
		"generate": func(_, out string) []string { return []string{"generate", "3", "-o", out} },
		"mapping":  func(cards, out string) []string { return []string{"inspect", cards, "--write-map", out} },
	} {
		for kind, c := range map[string]struct {
			make func(path string) error
			mode os.FileMode
			says string
		}{
			"pipe": {func(path string) error { return syscall.Mkfifo(path, 0o600) }, os.ModeNamedPipe, "is a pipe, not a file"},
			"link": {func(path string) error { return os.Symlink(os.DevNull, path) }, os.ModeSymlink, "is a symbolic link, not a file"},
		} {
			t.Run(name+" to a "+kind, func(t *testing.T) {
				t.Parallel()

				out := filepath.Join(t.TempDir(), "out")
				require.NoError(t, c.make(out))

				code, said := run(t, nil, "submit", args(cardsFile(t, mixed), out)...)
				require.Equal(t, 1, code, said)
				require.Contains(t, said, out+" "+c.says)

				info, err := os.Lstat(out)
				require.NoError(t, err)
				require.Equal(t, c.mode, info.Mode().Type())
			})
		}
	}
}
