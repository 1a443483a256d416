package console

import (
	"fmt"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/control"
)

// callsView is how the API is called for a program, by all its workers together.
type callsView struct {
	control.Progress

	P50, P95 time.Duration // of the last five minutes; zero for no calls
}

// progress takes what `submit status` tells of the program, too.
func (p *programView) progress(status control.Status) {
	i := slices.IndexFunc(status.Programs, func(one control.Progress) bool { return one.Program == p.Name })
	if i < 0 {
		return
	}

	told := status.Programs[i]
	if !told.OldestAt.IsZero() {
		p.Oldest = max(status.At.Sub(told.OldestAt), time.Millisecond)
	}

	if told.Workers > 0 {
		p.Calls = &callsView{
			told, time.Duration(told.P50Milliseconds) * time.Millisecond, time.Duration(told.P95Milliseconds) * time.Millisecond,
		}
	}
}

// took is how long a call took, exact enough to tell one from two seconds.
func took(d time.Duration) string {
	const long = 10 * time.Second

	if d >= time.Second && d < long {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}

	return span(d)
}
