package doctor

import (
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/settings"
)

// A Level is how a check has ended.
type Level string

// The levels. A check that cannot be made is a warning: nothing is proven.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Failed  Level = "failed"
)

// A Check is one thing that was looked at.
type Check struct {
	Area  string `json:"area"`
	Name  string `json:"check"`
	Level Level  `json:"level"`
	Found string `json:"found"`
	// Do says what to do about it; empty where nothing is to be done.
	Do string `json:"do,omitempty"`
}

// A Report is all checks in the order in which they were made.
type Report struct {
	At     time.Time `json:"at"`
	Checks []Check   `json:"checks"`
}

// Count returns how many checks have ended so.
func (r Report) Count(level Level) (n int) {
	for _, check := range r.Checks {
		if check.Level == level {
			n++
		}
	}

	return n
}

// checks collects those of one area.
type checks struct {
	area string
	all  []Check
}

// add is where what was found is masked: it may repeat a setting, or what a server said. Whatever form it is printed in comes
// after this.
func (c *checks) add(level Level, name, do, found string, args ...any) {
	c.all = append(c.all, Check{
		Area: c.area, Name: settings.Masked(name), Level: level, Found: settings.Masked(fmt.Sprintf(found, args...)), Do: do,
	})
}

func (c *checks) ok(name, found string, args ...any)       { c.add(OK, name, "", found, args...) }
func (c *checks) warn(name, do, found string, args ...any) { c.add(Warning, name, do, found, args...) }
func (c *checks) fail(name, do, found string, args ...any) { c.add(Failed, name, do, found, args...) }

// worse is a failure or, where it is not that bad, a warning.
func (c *checks) worse(failed bool, name, do, found string, args ...any) {
	level := Warning
	if failed {
		level = Failed
	}

	c.add(level, name, do, found, args...)
}
