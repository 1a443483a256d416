package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
)

// What keeps a worker from taking jobs is said with what to do about it.
func TestWhatTheStatusSaysOfAWorker(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	stop := func(probe time.Time, advice string) []control.ProgramPresence {
		return []control.ProgramPresence{{Name: "gold", Halt: &control.Stop{
			Reason: "AUTHENTICATION_FAILED", Since: at.Add(-time.Hour), NextProbe: probe, Advice: advice,
		}}}
	}

	for name, c := range map[string]struct {
		presence control.Presence
		state    string
		says     []string
	}{
		"nothing": {control.Presence{}, "taking jobs", nil},
		"the database is away": {
			control.Presence{DatabaseAway: at.Add(-time.Minute)}, "database away",
			[]string{"w: its database has not answered since 2026-06-15 11:59:00Z, and it takes no jobs: see to Postgres"},
		},
		"a halt": {
			control.Presence{Programs: stop(at.Add(time.Minute), "replace the signing key")}, "HALTED",
			[]string{"AUTHENTICATION_FAILED; next probe 2026-06-15 12:01:00Z\n", "w, gold: what to do: replace the signing key\n"},
		},
		"a halt whose probe is late":        {control.Presence{Programs: stop(at.Add(-time.Second), "")}, "HALTED", []string{"; next probe due\n"}},
		"a halt while the database is away": {control.Presence{DatabaseAway: at, Programs: stop(at, "")}, "HALTED", []string{"its database"}},
		"stopping while it is away":         {control.Presence{DatabaseAway: at, Stopping: true}, "stopping", []string{"its database"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			c.presence.Worker = "w"
			worker := control.Worker{Presence: c.presence}
			require.Equal(t, c.state, stateOf(worker, control.Status{At: at}))

			var said strings.Builder

			writeObstacles(&said, worker, at)

			for _, text := range c.says {
				require.Contains(t, said.String(), text)
			}

			if c.says == nil {
				require.Empty(t, said.String())
			}
		})
	}
}
