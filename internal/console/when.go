package console

import (
	"errors"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/age"
)

// moment reads a time as people write it, in UTC, or how long ago it was.
func moment(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}

	if ago, err := age.Parse(strings.TrimPrefix(text, "-")); err == nil {
		return now.Add(-ago), nil
	}

	for _, layout := range []string{time.DateTime, "2006-01-02 15:04", time.DateOnly, time.RFC3339, "2006-01-02T15:04"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}

	return time.Time{}, errors.New("is no time such as 2026-11-27 21:30, nor an age such as 2h or 21d")
}
