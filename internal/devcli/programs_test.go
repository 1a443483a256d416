package devcli_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devcli"
)

// One that is missing is added to the text of internal/cli/variables.go, and one that no program has any more taken out.
func TestVariablesOfAllPrograms(t *testing.T) {
	t.Parallel()

	all := map[string]bool{}

	for _, program := range devcli.Programs() {
		model, err := program.Model()
		require.NoError(t, err)
		require.NoError(t, kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
			if flag, ok := node.(*kong.Flag); ok {
				for _, name := range flag.Envs {
					all[name] = true
				}
			}

			return next(nil)
		}))
	}

	require.Equal(t, slices.Sorted(maps.Keys(all)), cli.Variables())
}

// The programs of production know the variables of all programs, which are often given to all together.
func TestNoProgramTakesAVariableOfAnotherForAMistake(t *testing.T) {
	for _, program := range devcli.Programs() {
		model, err := program.Model()
		require.NoError(t, err)

		for _, leaf := range model.Leaves(false) {
			for _, flag := range leaf.Flags {
				for _, name := range flag.Envs {
					t.Setenv(name, "x")
				}
			}
		}
	}

	t.Setenv("ENROLL_DIRR", "x")

	var said bytes.Buffer

	code := cli.Run(t.Context(), &without{}, "submit", "", nil, cli.Streams{Out: &said, Err: &said})
	require.Zero(t, code, said.String())
	require.Equal(t, "submit: the environment variable ENROLL_DIRR is no setting and is not heeded; did you mean ENROLL_DIR?\n", said.String())
}

// without is a program that has no setting.
type without struct {
	Start start `cmd:"" default:"1"`
}

type start struct{}

func (start) Run() error { return nil }

func TestEveryProgramSaysItsVersion(t *testing.T) {
	t.Parallel()

	names := map[string]bool{}

	for _, program := range devcli.Programs() {
		code, said := ran(program.Grammar, program.Name, "--version")
		require.Zero(t, code)
		require.Regexp(t, `(?s)^`+program.Name+` \S+\nmodule \S+\ncommit .+\ngo1\.\d+.* \S+/\S+\n$`, said)

		names[program.Name] = true
	}

	require.Equal(t, map[string]bool{"worker": true, "submit": true, "demo": true, "sandbox": true}, names)
}

func TestEveryProgramPrintsItsCompletion(t *testing.T) {
	t.Parallel()

	for _, program := range devcli.Programs() {
		for _, shell := range []string{"bash", "zsh", "fish"} {
			code, said := ran(program.Grammar, program.Name, "completion", shell)
			require.Zero(t, code, "%s %s", program.Name, shell)
			require.Contains(t, said, program.Name)
		}
	}
}

// Words that are no commands are told from files, and mistakes in a command from both.
func TestTheDemoTakesAFileOrACommand(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":                  {[]string{"--help"}, 0, "Usage: demo"},
		"a mistyped command":    {[]string{"keygn", "keys"}, 2, "demo"},
		"a command it has not":  {[]string{"enrollments"}, 2, "enrollments is neither a command nor a file; the commands: demo --help"},
		"a missing file":        {[]string{"missing.csv"}, 1, "missing.csv"},
		"a foreign folder":      {[]string{"--dir", "."}, 1, "was not made by a demo: choose another folder with --dir"},
		"the word for the demo": {[]string{"run", "--dir", "."}, 1, "was not made by a demo"},
		"keys without a folder": {[]string{"keygen"}, 2, "DIR is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, said := ran(&devcli.Demo{}, "demo", c.args...)
			require.Equal(t, c.code, code, said)
			require.Contains(t, said, c.says)
		})
	}
}

// ran is what a command came to.
func ran(grammar any, program string, args ...string) (code int, said string) {
	var out bytes.Buffer

	code = cli.Run(context.Background(), grammar, program, "", args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &out})

	return code, out.String()
}
