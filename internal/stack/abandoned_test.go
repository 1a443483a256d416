package stack_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
)

func TestRemoveAbandoned(t *testing.T) {
	t.Parallel()

	parent := openDir(t)
	used, left, unrelated := filepath.Join(parent, "a-used"), filepath.Join(parent, "a-left"), filepath.Join(parent, "a-other")

	pg := start(t, used)
	stop(t, start(t, left))
	require.NoError(t, os.MkdirAll(filepath.Join(unrelated, "data"), 0o700))

	require.NoError(t, stack.RemoveAbandoned(filepath.Join(parent, "a-*")))
	require.NoDirExists(t, left)
	require.DirExists(t, unrelated)

	execute(t, pg.URL("postgres"), "SELECT 1")
	stop(t, pg)

	require.NoError(t, stack.RemoveAbandoned(filepath.Join(parent, "b-*")))
	require.DirExists(t, used, "another name")
}
