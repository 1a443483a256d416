package manpage_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devcli"
	"enroll.example/clicktopay/internal/manpage"
)

func TestManPagesAreThoseOfTheCommands(t *testing.T) {
	t.Parallel()

	for _, program := range devcli.Programs() {
		model, err := program.Model()
		require.NoError(t, err)

		page := manpage.Page(model)
		written, err := os.ReadFile("../../docs/man/" + program.Name + ".1")
		require.NoError(t, err)
		require.Equal(t, string(written), page, "run: go generate ./internal/manpage")

		for _, command := range model.Leaves(true) {
			for _, flag := range command.Flags {
				require.Contains(t, page, strings.ReplaceAll("--"+flag.Name, "-", `\-`))
			}
		}
	}
}

// The formatter takes lines that begin with a dot or an apostrophe for commands.
func TestManPagesHoldNoCommandsByChance(t *testing.T) {
	t.Parallel()

	for _, program := range devcli.Programs() {
		model, err := program.Model()
		require.NoError(t, err)

		for line := range strings.Lines(manpage.Page(model)) {
			if strings.HasPrefix(line, ".") {
				require.Regexp(t, `^\.(TH|SH|SS|TP|B|br|PP|\\")`, line)
			}

			require.False(t, strings.HasPrefix(line, "'"), line)
		}
	}
}
