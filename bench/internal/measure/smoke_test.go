package measure_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/bench/internal/child"
	"enroll.example/clicktopay/bench/internal/contender"
	"enroll.example/clicktopay/bench/internal/measure"
)

// The test binary is also what its children are.
func TestMain(m *testing.M) {
	was, err := child.Main(context.Background(), measure.Roles())
	if !was {
		os.Exit(m.Run())
	}

	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)

		os.Exit(1)
	}
}

// Nothing is asserted of the times: they are the machine's. That every job has its row is checked by the run itself.
func TestEveryContenderDoesTheWork(t *testing.T) {
	t.Parallel()

	table, err := measure.Run(t.Context(), measure.Options{
		Jobs: 60, Rounds: 1, InFlight: []int{8}, Sync: []string{"default", "always"}, Latency: time.Millisecond, Progress: t.Output(),
	})
	require.NoError(t, err)

	var text strings.Builder
	require.NoError(t, table.Write(&text))

	for _, c := range contender.All() {
		require.Equal(t, 2, strings.Count(text.String(), "| "+c.Name+" |"), text.String())
	}
}

func TestWrongOptionsAreNamed(t *testing.T) {
	t.Parallel()

	_, err := measure.Run(t.Context(), measure.Options{InFlight: []int{0}, Progress: t.Output()})
	require.ErrorContains(t, err, "--jobs: 0")
	require.ErrorContains(t, err, "--rounds: 0")
	require.ErrorContains(t, err, "--in-flight: 0")
}
