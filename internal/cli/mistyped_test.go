package cli_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devcli"
	"enroll.example/clicktopay/internal/workercli"
)

// ran is what a command that needs no process of its own came to.
func ran(grammar any, program string, args ...string) (code int, said string) {
	var out bytes.Buffer

	code = cli.Run(context.Background(), grammar, program, "", args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &out})

	return code, out.String()
}

func TestAMistypedCommandIsNotAFile(t *testing.T) {
	t.Chdir(t.TempDir())

	for _, name := range []string{"statsu", "batch.csv"} {
		require.NoError(t, os.WriteFile(name, []byte("pan\n"), 0o600))
	}

	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"two letters changed places":       {[]string{"stauts"}, 2, "stauts is neither a command nor a file; did you mean: submit status"},
		"a letter is missing":              {[]string{"wach", "B1"}, 2, "did you mean: submit watch"},
		"a capital letter":                 {[]string{"Status"}, 2, "did you mean: submit status"},
		"behind a flag":                    {[]string{"--program", "gold", "redriv"}, 2, "did you mean: submit redrive"},
		"version":                          {[]string{"version"}, 2, "did you mean: submit --version"},
		"help":                             {[]string{"help"}, 2, "did you mean: submit --help"},
		"nothing like it":                  {[]string{"enrollments"}, 2, "enrollments is neither a command nor a file; the commands: submit --help"},
		"a file of that name":              {[]string{"statsu"}, 2, "did you mean the command status? To send the file of that name: submit ./statsu"},
		"that file, by its path":           {[]string{"./statsu", "--dry-run"}, 2, "column"},
		"that file, behind the command":    {[]string{"file", "statsu", "--dry-run"}, 2, "column"},
		"a file whose name is no command":  {[]string{"batch.csv", "--dry-run"}, 2, "column"},
		"a missing file with an extension": {[]string{"statsu.csv"}, 1, "no such file"},
		"a missing file somewhere else":    {[]string{"in/statsu"}, 1, "no such file"},
	} {
		code, said := ran(&cli.Submit{}, "submit", c.args...)
		require.Contains(t, said, c.says, name)

		if c.says != "column" {
			require.Equal(t, c.code, code, "%s: %s", name, said)
		}
	}

	for _, program := range []struct {
		name    string
		grammar any
	}{{"worker", &workercli.Worker{}}, {"sandbox", &devcli.Sandbox{}}} {
		code, said := ran(program.grammar, program.name, "version")
		require.Equal(t, 2, code)
		require.Contains(t, said, `did you mean "--version"?`)
	}

	_, said := ran(&workercli.Worker{}, "worker", "rnu")
	require.Contains(t, said, `did you mean "run"?`)
}
