// Package age reads how long ago something was, as people write it.
package age

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// long are the units that a duration of Go lacks. A day has 24 hours: all times are UTC.
var long = map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour}

var errNone = errors.New("is no age such as 90m, 24h or 21d")

// Parse reads an age: a duration such as 90m or 1h30m, or whole days or weeks such as 21d or 3w.
func Parse(text string) (time.Duration, error) {
	for suffix, unit := range long {
		if digits, found := strings.CutSuffix(text, suffix); found {
			return whole(digits, unit)
		}
	}

	value, err := time.ParseDuration(text)
	if err != nil || value <= 0 {
		return 0, errNone
	}

	return value, nil
}

func whole(digits string, unit time.Duration) (time.Duration, error) {
	count, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || count == 0 || count > uint64(math.MaxInt64/unit) {
		return 0, errNone
	}

	return time.Duration(count) * unit, nil
}
