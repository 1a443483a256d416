// Package eventually has tests wait for what comes true by and by.
package eventually

import (
	"fmt"
	"time"
)

// T is a test (*testing.T, *testing.B, *testing.F).
type T interface {
	Helper()
	Fatalf(format string, args ...any)
}

// True asks until a condition holds, with a pause of a tick in between, and fails the test when it does not within a time. What
// is said at the end tells what was waited for, a format and its arguments.
//
// It asks in the goroutine of the test, so that a condition may fail the test itself. testify's Eventually asks in another: there
// a condition that calls require ends without an answer, and the test waits until its time is over, and says nothing of why.
func True(t T, condition func() bool, within, tick time.Duration, said ...any) {
	t.Helper()

	over := time.NewTimer(within)
	defer over.Stop()

	ticker := time.NewTicker(max(tick, 1))
	defer ticker.Stop()

	for !condition() {
		select {
		case <-over.C:
			t.Fatalf("not true within %s%s", within, about(said))
			return
		case <-ticker.C:
		}
	}
}

func about(said []any) string {
	if len(said) == 0 {
		return ""
	}

	format, args := fmt.Sprint(said[0]), said[1:]

	return ": " + fmt.Sprintf(format, args...)
}
