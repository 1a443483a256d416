package cli_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCommandsSayOnceWhichVariablesAreMistyped(t *testing.T) {
	t.Parallel()

	for program, args := range map[string][]string{"worker": {"run"}, "submit": {"batches"}} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()

			_, said := run(t, []string{"ENROLL_DATABASE_UR=postgres://user:secret@h/d"}, program, args...)
			require.Equal(t, 1, strings.Count(said, program+": the environment variable ENROLL_DATABASE_UR is no setting and is not heeded; "+
				"did you mean ENROLL_DATABASE_URL?"), said)
			require.NotContains(t, said, "secret")
		})
	}
}
