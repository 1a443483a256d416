package tools_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/stretchr/testify/require"
)

// dockerfile returns the stages of the Dockerfile text and what BuildKit's linter says of it.
func dockerfile(text string) ([]instructions.Stage, []string, error) {
	var warnings []string

	lint := linter.New(&linter.Config{
		Warn: func(rule, _, _, message string, _ []parser.Range) { warnings = append(warnings, rule+": "+message) },
	})

	tree, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		return nil, nil, err
	}

	stages, _, err := instructions.Parse(tree.AST, lint)

	return stages, warnings, err
}

func readDockerfile(t *testing.T) string {
	t.Helper()

	text, err := os.ReadFile("../Dockerfile")
	require.NoError(t, err)

	return string(text)
}

func TestDockerfile(t *testing.T) {
	t.Parallel()

	stages, warnings, err := dockerfile(readDockerfile(t))
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Len(t, stages, 2)

	t.Run("copies what is there", func(t *testing.T) {
		t.Parallel()

		for _, command := range stages[0].Commands {
			if c, ok := command.(*instructions.CopyCommand); ok {
				for _, path := range c.SourcePaths {
					_, err := os.Stat(filepath.Join("..", path))
					require.NoError(t, err)
				}
			}
		}
	})

	t.Run("builds what compose starts", func(t *testing.T) {
		t.Parallel()

		var build []string
		for _, command := range stages[0].Commands {
			if c, ok := command.(*instructions.RunCommand); ok {
				build = append(build, c.CmdLine...)
			}
		}

		var entrypoints []string
		for _, service := range compose(t).Services {
			if service.Image == image {
				entrypoints = append(entrypoints, service.Entrypoint...)
			}
		}

		for _, name := range slices.Compact(slices.Sorted(slices.Values(append(entrypoints, "worker")))) {
			require.Contains(t, strings.Join(build, "\n"), "./cmd/"+name)
		}
	})

	t.Run("does not run as root", func(t *testing.T) {
		t.Parallel()

		require.True(t, slices.ContainsFunc(stages[1].Commands, func(command instructions.Command) bool {
			c, ok := command.(*instructions.UserCommand)
			return ok && c.User == "65532:65532"
		}))
	})
}

func TestDockerfileParserFindsFaults(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]struct{ old, bad string }{
		"a misspelt instruction":   {"WORKDIR", "WORKDIIR"},
		"an unknown flag":          {"COPY --from", "COPY --form"},
		"a stage name in capitals": {"AS build", "AS Build"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			text := readDockerfile(t)
			require.Contains(t, text, fault.old)

			_, warnings, err := dockerfile(strings.ReplaceAll(text, fault.old, fault.bad))
			require.True(t, err != nil || len(warnings) > 0)
		})
	}
}
