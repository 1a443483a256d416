package pace_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/pace"
)

// fed tells a guard of answers, one letter each, and returns at which of them it stopped, counted from 1; 0 for at none. A dot is
// an answer that says nothing against the others, any other letter a rejection for that reason.
func fed(guard *pace.Guard, answers string) int {
	for i, c := range answers {
		if c == '.' {
			guard.Passed()
		} else if _, _, stop := guard.Rejected(string(c)); stop {
			return i + 1
		}
	}

	return 0
}

func TestGuardStopsWhenNearlyAllAreRejectedAlike(t *testing.T) {
	t.Parallel()

	repeat := strings.Repeat

	for name, c := range map[string]struct {
		window  int
		answers string
		stopsAt int
	}{
		"all of the first":                   {10, repeat("a", 20), 10},
		"too few to tell":                    {10, repeat("a", 9), 0},
		"nearly all":                         {10, "." + repeat("a", 9), 10},
		"one more that passed":               {10, ".." + repeat("a", 8), 0},
		"after many that passed":             {10, repeat(".", 100) + repeat("a", 9), 109},
		"two reasons in turn":                {10, repeat("ab", 100), 0},
		"one reason, and few others":         {10, repeat("b"+repeat("a", 9), 2), 10},
		"eight of ten for ever":              {10, repeat("..aaaaaaaa", 100), 0},
		"the default window":                 {0, repeat("a", 100), 50},
		"the default window, nearly all":     {0, repeat(".", 5) + repeat("a", 45), 50},
		"the default window, not nearly all": {0, repeat(".", 6) + repeat("a", 44), 0},
		"a window that lets all pass":        {-1, repeat("a", 1000), 0},
		"a window that lets all pass, mixed": {-1, repeat(".a", 1000), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.stopsAt, fed(pace.NewGuard(c.window, nil), c.answers))
		})
	}
}

func TestGuardKeepsOffTheReasonUntilAnotherAnswerComes(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		then    string
		stopsAt int
	}{
		"the same reason":                   {"a", 1},
		"a success, and the same reason":    {"." + strings.Repeat("a", 8), 0},
		"a success, and nearly all again":   {"." + strings.Repeat("a", 9), 10},
		"another reason, and the same":      {"b" + strings.Repeat("a", 8), 0},
		"another reason, and that for ever": {strings.Repeat("b", 20), 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			guard := pace.NewGuard(10, nil)
			require.Equal(t, 10, fed(guard, strings.Repeat("a", 10)))
			require.Equal(t, c.stopsAt, fed(guard, c.then))
		})
	}
}

func TestGuardCountsObstaclesInARow(t *testing.T) {
	t.Parallel()

	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	guard := pace.NewGuard(10, func() time.Time { return began })

	obstructed := func(times int) (stop bool) {
		for range times {
			_, stop = guard.Obstructed("TLS: x509")
		}

		return stop
	}

	require.Zero(t, guard.Trouble())
	require.False(t, obstructed(pace.MaxObstacles-1))
	require.Equal(t, pace.Trouble{Reason: "TLS: x509", Since: began, Calls: pace.MaxObstacles - 1}, guard.Trouble())

	guard.Failed("TIMEOUT")
	require.Equal(t, "TIMEOUT", guard.Trouble().Reason)
	require.True(t, obstructed(1), "that nothing answered in between changes nothing")
	require.True(t, obstructed(1))

	guard.Answered()
	require.Zero(t, guard.Trouble())
	require.False(t, obstructed(pace.MaxObstacles-1))
}

// Why the API counts as sick is told by what the last call came to.
func TestTripTellsTheLastFailure(t *testing.T) {
	t.Parallel()

	pacer := pace.NewPacer(pace.PacerOptions{Most: 8})
	pacer.Guard.Failed("HTTP_502: Bad Gateway")
	calls(t, pacer, pace.Failed, 10)
	require.Equal(t, "10 of 10 calls within 30s failed, the last with HTTP_502: Bad Gateway", pacer.State().Tripped)
}
