package cli_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What runs in production links no server, no double of the API, and nothing that installs a server as root.
func TestProductionProgramsLinkNothingForDevelopment(t *testing.T) {
	t.Parallel()

	for _, program := range []string{"worker", "submit"} {
		for _, linked := range dependencies(t, program) {
			require.False(t, forDevelopment(linked), "%s links %s", program, linked)
		}
	}

	for _, program := range []string{"demo", "sandbox"} { // or the test above would find nothing, whatever is linked
		found := false
		for _, linked := range dependencies(t, program) {
			found = found || forDevelopment(linked)
		}

		require.True(t, found, program)
	}
}

// What sends files and looks at what became of them works on no job.
func TestSubmitLinksNothingOfAWorker(t *testing.T) {
	t.Parallel()

	ofWorkers := []string{ours + "workercli", ours + "service", ours + "enroll", ours + "fleet", ours + "health", ours + "purge"}

	for _, linked := range dependencies(t, "submit") {
		require.NotContains(t, ofWorkers, linked)
	}

	require.Subset(t, dependencies(t, "worker"), ofWorkers, "or the test would find nothing, whatever is linked")
}

func dependencies(t *testing.T, program string) []string {
	t.Helper()

	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../../cmd/"+program).Output()
	require.NoError(t, err)

	return strings.Fields(string(out))
}

// forDevelopment reports whether a package, or one that it is below, is for the demo and for tests only.
func forDevelopment(path string) bool {
	for _, name := range []string{
		"github.com/nats-io/nats-server", "github.com/fergusstrange/embedded-postgres", "testing", "github.com/stretchr/testify",
		ours + "sandbox", ours + "stack", ours + "demo", ours + "devkeys", ours + "devcli", "enroll.example/clicktopay/test",
	} {
		if path == name || strings.HasPrefix(path, name+"/") {
			return true
		}
	}

	return false
}

const ours = "enroll.example/clicktopay/internal/"
