package cli

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/layout"
)

func TestProgressOfPrograms(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	busy := control.Progress{
		Program: "gold", Workers: 2, Waiting: 120_000, OldestAt: at.Add(-12 * time.Minute), In: &control.Rates{Minute: 50, FiveMinutes: 45.4, Hour: 9.26},
		Out: control.Rates{Minute: 41, FiveMinutes: 40, Hour: 3}, DoneAt: at.Add(50 * time.Minute),
		Calls: control.Rates{Minute: 45}, Calling: 12, Limit: 256, AgreedRate: 50, P50Milliseconds: 80, P95Milliseconds: 1200,
	}

	for name, c := range map[string]struct {
		progress control.Progress
		says     string
	}{
		"busy": {busy, `
gold: 120000 waiting or taken, the oldest for 12 minutes, done in about 50 minutes (2026-06-15 12:50:00Z), and growing
  in 50, 45, 9.3 a second
  out 41, 40, 3 a second (1, 5, 60 minutes)
  12 of 256 calls at once, 45 of 50 agreed a second (90%), half take up to 80ms, 95% up to 1.2s
`},
		"idle": {control.Progress{Program: "gold", Workers: 1, Limit: 256}, `
gold: nothing waits
  out 0, 0, 0 a second (1, 5, 60 minutes)
  0 of 256 calls at once, 0 a second, no rate agreed
`},
		"paused": {control.Progress{
			Program: "gold", Workers: 1, Waiting: 3, OldestAt: at.Add(-time.Minute), Stopped: "paused", Out: control.Rates{FiveMinutes: 2}, Limit: 8,
		}, `
gold: 3 waiting or taken, the oldest for 60 s, none is taken: paused
  out 0, 2, 0 a second (1, 5, 60 minutes)
  0 of 8 calls at once, 0 a second, no rate agreed
`},
		"stuck": {control.Progress{Program: "gold", Waiting: 3, OldestAt: at.Add(-49 * time.Hour)}, `
gold: 3 waiting or taken, the oldest for 2 days, none has left in the last minutes
  out 0, 0, 0 a second (1, 5, 60 minutes)
  calls are not known: no worker reports
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var text strings.Builder

			writeProgress(&text, control.Status{At: at, Programs: []control.Progress{c.progress}})
			require.Equal(t, c.says, text.String())

			for _, width := range []int{80, 44} {
				for line := range strings.Lines(layout.Wrap(text.String(), width)) {
					require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), width)
				}
			}

			require.NotContains(t, text.String(), "\x1b", "plain everywhere")
		})
	}
}
