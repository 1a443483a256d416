// Package age reads how long ago something was, as people write it.
package age

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

var errNone = errors.New("is no age such as 90m, 24h or 21d")

// Parse reads an age: a duration such as 90m or 1h30m, or whole days or weeks such as 21d or 3w.
func Parse(text string) (time.Duration, error) {
	// The units that a duration of Go lacks. A day has 24 hours: all times are UTC.
	const day, week = 24 * time.Hour, 7 * 24 * time.Hour

	if digits, found := strings.CutSuffix(text, "d"); found {
		return whole(digits, day)
	}

	if digits, found := strings.CutSuffix(text, "w"); found {
		return whole(digits, week)
	}

	value, err := time.ParseDuration(text)
	if err != nil || value <= 0 {
		return 0, errNone
	}

	return value, nil
}

func whole(digits string, unit time.Duration) (time.Duration, error) {
	if strings.Trim(digits, "0123456789") != "" {
		return 0, errNone // a sign
	}

	count, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || count == 0 || count > int64(math.MaxInt64/unit) {
		return 0, errNone
	}

	return time.Duration(count) * unit, nil
}
