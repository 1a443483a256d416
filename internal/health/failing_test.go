package health_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/health"
	"enroll.example/clicktopay/internal/pace"
)

// How calls fail is told before they have failed often enough to halt; that alone is no reason not to be ready.
func TestReadinessTellsHowCallsFail(t *testing.T) {
	t.Parallel()

	pacer := pace.NewPacer(pace.PacerOptions{})
	monitor := health.New(health.Config{
		Pacers:    map[string]*pace.Pacer{"demo": pacer},
		Connected: func() bool { return true },
		Ping:      func(context.Context) error { return nil },
	})

	facts := monitor.Readiness(t.Context())
	require.Nil(t, facts.Programs[0].Failing)

	pacer.Guard.Obstructed("TLS: x509: certificate has expired")
	pacer.Guard.Obstructed("TLS: x509: certificate is valid for a.example, not 5204731600014784")

	facts = monitor.Readiness(t.Context())
	require.True(t, facts.Ready)
	require.Equal(t, "TLS: x509: certificate is valid for a.example, not ************4784", facts.Programs[0].Failing.Reason)
	require.Equal(t, 2, facts.Programs[0].Failing.Calls)
	require.NotZero(t, facts.Programs[0].Failing.Since)

	pacer.Guard.Answered()
	require.Nil(t, monitor.Readiness(t.Context()).Programs[0].Failing)

	pacer.Halt("TLS: 10 calls in a row got no answer of the API, the last: x509: certificate has expired")
	require.Equal(t, []string{"demo is halted: TLS: 10 calls in a row got no answer of the API, the last: x509: certificate has expired"},
		monitor.Readiness(t.Context()).Reasons)
}
