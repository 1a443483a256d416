package convert

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// clock is the time of a day as it stands behind a date.
type clock struct {
	given, utc   bool
	hour, minute string
}

// timeOfDay is what databases and programs write behind a date.
//
//nolint:gochecknoglobals // a constant that Go cannot write as such
var timeOfDay = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(.*[^ ])(?:T| +)(\d{1,2}):(\d{2})(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?` +
		` ?(Z|UTC|GMT|[+-]00(?::?00)?)?(?:[+-]\d{2}(?::?\d{2})?)?$`)
})

// cutTime takes the time off a date. It says false of what is no time.
func cutTime(value string) (date string, at clock, ok bool) {
	if !strings.Contains(value, ":") {
		return value, clock{}, true
	}

	found := timeOfDay().FindStringSubmatch(value)
	if found == nil {
		return "", clock{}, false
	}

	return found[1], clock{given: true, hour: found[2], minute: found[3], utc: found[4] != ""}, true
}

// atMidnight reports whether the day begins or ends.
func (c clock) atMidnight() bool {
	return strings.Trim(c.hour+c.minute, "0") == "" || c.hour+c.minute == "2359"
}

// mayBeAnotherMonth reports whether the day is in another month where it was written: 2029-11-30T23:00:00Z is the
// first of December in Berlin, and what a program makes of that when it writes it as text.
func (c clock) mayBeAnotherMonth(day, month, year string) bool {
	if !c.utc || c.atMidnight() {
		return false
	}

	d, _ := strconv.Atoi(day)

	return d == 1 || d == daysOf(month, year)
}

// isDay reports whether there is such a day.
func isDay(day, month, year string) bool {
	d, errDay := strconv.Atoi(day)

	return errDay == nil && month12(month) && d >= 1 && len(day) <= len("31") && d <= daysOf(month, year)
}

func daysOf(month, year string) int {
	m, _ := strconv.Atoi(month)
	y, _ := strconv.Atoi(year)

	return time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
