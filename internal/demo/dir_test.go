package demo_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/demo"
)

// A demo removes the folder of the one before: where that is a link, the link would go.
func TestADemoDoesNotReplaceALink(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".made-by-worker-demo"), nil, 0o600))

	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(dir, link))

	err := demo.Run(t.Context(), demo.Options{Dir: link, Out: io.Discard, Now: time.Now})
	require.ErrorContains(t, err, link+" is a symbolic link, not a folder")

	info, err := os.Lstat(link)
	require.NoError(t, err)
	require.Equal(t, os.ModeSymlink, info.Mode().Type())
}
