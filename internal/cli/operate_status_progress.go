package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/control"
)

// writeProgress says of each program how it gets on, a few lines each, which fit a narrow terminal.
func writeProgress(w io.Writer, status control.Status) {
	if len(status.Programs) > 0 {
		fmt.Fprintln(w)
	}

	for _, p := range status.Programs {
		fmt.Fprintf(w, "%s: %s\n", printable(p.Program), backlogOf(p, status.At))

		if p.In != nil {
			fmt.Fprintf(w, "  in %s a second\n", overWindows(*p.In))
		}

		fmt.Fprintf(w, "  out %s a second (1, 5, 60 minutes)\n", overWindows(p.Out))
		fmt.Fprintf(w, "  %s\n", callsOf(p))
	}
}

// backlogOf says what waits, since when and for how long.
func backlogOf(p control.Progress, at time.Time) string {
	if p.Waiting == 0 {
		return "nothing waits"
	}

	parts := []string{fmt.Sprintf("%d waiting or taken", p.Waiting)}

	if !p.OldestAt.IsZero() {
		parts = append(parts, "the oldest for "+roughly(at.Sub(p.OldestAt)))
	}

	switch {
	case p.Stopped != "":
		parts = append(parts, "none is taken: "+p.Stopped)
	case p.DoneAt.IsZero():
		parts = append(parts, "none has left in the last minutes")
	default:
		parts = append(parts, fmt.Sprintf("done in about %s (%s)", roughly(p.DoneAt.Sub(at)), stamp(p.DoneAt)))
	}

	if p.In != nil && p.In.FiveMinutes > p.Out.FiveMinutes {
		parts = append(parts, "and growing")
	}

	return strings.Join(parts, ", ")
}

// callsOf says how the API is called.
func callsOf(p control.Progress) string {
	if p.Workers == 0 {
		return "calls are not known: no worker reports"
	}

	parts := []string{fmt.Sprintf("%d of %d calls at once", p.Calling, p.Limit)}

	if p.AgreedRate > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s agreed a second (%.0f%%)",
			control.PerSecond(p.Calls.Minute), control.PerSecond(p.AgreedRate), p.AgreedPercent()))
	} else {
		parts = append(parts, control.PerSecond(p.Calls.Minute)+" a second, no rate agreed")
	}

	if p.P50Milliseconds > 0 {
		parts = append(parts, fmt.Sprintf("half take up to %s, 95%% up to %s",
			time.Duration(p.P50Milliseconds)*time.Millisecond, time.Duration(p.P95Milliseconds)*time.Millisecond))
	}

	return strings.Join(parts, ", ")
}

func overWindows(r control.Rates) string {
	return strings.Join([]string{control.PerSecond(r.Minute), control.PerSecond(r.FiveMinutes), control.PerSecond(r.Hour)}, ", ")
}

// roughly is a duration as people tell it.
func roughly(d time.Duration) string {
	const day = 24 * time.Hour

	switch d = max(d, 0); {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	default:
		return fmt.Sprintf("%d s", d/time.Second)
	}
}
