package devkeys_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
)

func TestAShellReadsEachVariableAsItIs(t *testing.T) {
	t.Parallel()

	for name, folder := range map[string]string{
		"plain":              "keys",
		"blanks":             "my  keys ",
		"quotes":             `o'brien "and" 'co'`,
		"what a shell reads": "$HOME `id` $(id) \\ * ? ; & | < > # ~ !",
		"a line break":       "a\nb",
		"letters":            "schlüssel",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			folder := filepath.Join(t.TempDir(), folder)
			variables, err := devkeys.Dir(folder).Environment()
			require.NoError(t, err)

			var script strings.Builder
			for _, variable := range variables {
				script.WriteString(variable.Export() + "\n")
			}

			for _, variable := range variables {
				out, err := exec.CommandContext(t.Context(), "sh", "-c", script.String()+`printf %s "$`+variable.Name+`"`).CombinedOutput()
				require.NoError(t, err, string(out))
				require.Equal(t, variable.Value, string(out), variable.Name)
			}
		})
	}
}

func TestVariablesNameAbsolutePaths(t *testing.T) {
	t.Parallel()

	variables, err := devkeys.Dir("keys").Environment()
	require.NoError(t, err)

	for _, variable := range variables {
		if strings.Contains(variable.Name, "KEY") || strings.Contains(variable.Name, "FILE") {
			require.True(t, filepath.IsAbs(variable.Value), "%s=%s", variable.Name, variable.Value)
		}
	}
}
