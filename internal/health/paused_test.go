package health_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/health"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

// A lane whose last request failed and whose program is then paused does not ask again: its silence says nothing.
func TestSilenceOfAPausedLaneIsNoReason(t *testing.T) {
	t.Parallel()

	var late time.Duration

	topology := jobs.Topology{Programs: []string{"gold", "silver"}}
	paused := false
	monitor := health.New(health.Config{
		Lanes:     topology.Lanes(),
		Pacers:    map[string]*pace.Pacer{"gold": pace.NewPacer(pace.PacerOptions{}), "silver": pace.NewPacer(pace.PacerOptions{})},
		Connected: func() bool { return true },
		Ping:      func(context.Context) error { return nil },
		Paused:    func(program string) bool { return paused && program == "gold" },
		Now:       func() time.Time { return time.Now().Add(late) },
	})

	for _, lane := range topology.Lanes() {
		monitor.FetchStarted(lane.String())
		monitor.Fetched(lane.String(), nil)
	}

	monitor.FetchStarted("ENROLL_JOBS/gold")
	monitor.Fetched("ENROLL_JOBS/gold", errors.New("the server is away"))

	late = time.Minute
	require.False(t, monitor.Readiness(t.Context()).Ready)

	paused = true
	require.Empty(t, monitor.Readiness(t.Context()).Reasons)
}
