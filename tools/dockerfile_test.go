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

	built := map[string]string{}

	for _, stage := range stages {
		for _, command := range stage.Commands {
			if c, ok := command.(*instructions.RunCommand); ok {
				built[stage.Name] += strings.Join(c.CmdLine, "\n")
			}
		}
	}

	t.Run("copies what is there", func(t *testing.T) {
		t.Parallel()

		for _, command := range stages[0].Commands {
			if c, ok := command.(*instructions.CopyCommand); ok {
				require.Empty(t, c.From)

				for _, path := range c.SourcePaths {
					_, err := os.Stat(filepath.Join("..", path))
					require.NoError(t, err)
				}
			}
		}
	})

	t.Run("builds what compose starts", func(t *testing.T) {
		t.Parallel()

		var entrypoints []string
		for _, service := range compose(t).Services {
			if service.Image == image {
				require.Equal(t, "development", service.Build.Target)
				entrypoints = append(entrypoints, service.Entrypoint...)
			}
		}

		for _, name := range slices.Compact(slices.Sorted(slices.Values(append(entrypoints, "worker")))) {
			require.Contains(t, built["build"]+built["build-development"], "./cmd/"+name)
		}
	})

	t.Run("holds nothing for development where no target is named", func(t *testing.T) {
		t.Parallel()

		last := stages[len(stages)-1]
		require.Equal(t, "production", last.Name)
		require.Equal(t, []string{"build"}, sources(last))
		require.Equal(t, []string{"build-development"}, sources(stageNamed(t, stages, "development")))

		for _, name := range []string{"demo", "sandbox"} {
			require.NotContains(t, built["build"], "./cmd/"+name)
		}
	})

	t.Run("does not run as root", func(t *testing.T) {
		t.Parallel()

		for _, name := range []string{"development", "production"} {
			stage := stageNamed(t, stages, name)
			require.Equal(t, "base", stage.BaseName)
			require.Empty(t, users(stage), name)
		}

		require.Equal(t, []string{"65532:65532"}, users(stageNamed(t, stages, "base")))
	})
}

func stageNamed(t *testing.T, stages []instructions.Stage, name string) instructions.Stage {
	t.Helper()

	i := slices.IndexFunc(stages, func(stage instructions.Stage) bool { return stage.Name == name })
	require.GreaterOrEqual(t, i, 0, name)

	return stages[i]
}

// sources are the stages that a stage copies from.
func sources(stage instructions.Stage) []string {
	var from []string

	for _, command := range stage.Commands {
		if c, ok := command.(*instructions.CopyCommand); ok {
			from = append(from, c.From)
		}
	}

	return from
}

// users are those that a stage changes to.
func users(stage instructions.Stage) []string {
	var all []string

	for _, command := range stage.Commands {
		if c, ok := command.(*instructions.UserCommand); ok {
			all = append(all, c.User)
		}
	}

	return all
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
