package results_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/results"
)

// What an event can tell, a list can be asked for.
func TestJobsCanBeListedByEachStatusOfAnEvent(t *testing.T) {
	t.Parallel()

	text, err := os.ReadFile(filepath.Join("..", "..", "pkg", "jobs", "schema", "outcome.v1.schema.json"))
	require.NoError(t, err)

	var schema struct {
		Properties struct {
			Status struct {
				OneOf []struct {
					Const string `json:"const"`
				} `json:"oneOf"`
			} `json:"status"`
		} `json:"properties"`
	}
	require.NoError(t, json.Unmarshal(text, &schema))
	require.NotEmpty(t, schema.Properties.Status.OneOf)

	for _, status := range schema.Properties.Status.OneOf {
		require.Contains(t, results.Statuses(), status.Const)
	}
}
