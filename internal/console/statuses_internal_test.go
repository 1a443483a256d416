package console

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/pkg/store"
)

// Whatever a job in the tables can be, it can be listed by.
func TestJobsCanBeListedByEachStatus(t *testing.T) {
	t.Parallel()

	var listed int

	for _, name := range results.Statuses() {
		status := store.Status(name)
		open := status == store.StatusInProgress || status == store.StatusPending || status == store.StatusRetrying ||
			status == store.StatusSubmitted || status == store.StatusInDoubt

		require.Equal(t, status.Final() || open, listable(status), name)

		if listable(status) {
			require.Equal(t, []store.Status{status}, statusesOf(name))
			require.NotEmpty(t, listTitle(name))

			listed++
		}
	}

	for _, group := range statusGroups() {
		listed -= len(group.Statuses)
	}

	require.Zero(t, listed, "each once")
	require.Empty(t, statusesOf("no status"))
	require.Len(t, statusesOf(""), len(statusGroups()[0].Statuses))
}
