package shell_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/shell"
)

func TestAShellReadsAQuotedTextAsItIs(t *testing.T) {
	t.Parallel()

	for _, text := range []string{"", "a", "it's", "''", `a b$HOME"\`, "`x`;*\n", "-n", "ä"} {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+shell.Quote(text)).Output()
		require.NoError(t, err)
		require.Equal(t, text, string(out))
	}
}
