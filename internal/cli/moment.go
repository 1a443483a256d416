package cli

import (
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/age"
)

// Moment is a time that is given as a date, as a time, or as an age.
type Moment struct {
	At  time.Time     // UTC; zero where an age was given
	Age time.Duration // before now, by the clock of who is asked
}

// UnmarshalText reads a moment.
func (m *Moment) UnmarshalText(text []byte) error {
	if day, err := time.Parse(time.DateOnly, string(text)); err == nil {
		m.At = day
		return nil
	}

	if at, err := time.Parse(time.RFC3339, string(text)); err == nil {
		m.At = at.UTC()
		return nil
	}

	ago, err := age.Parse(string(text))
	if err != nil {
		return fmt.Errorf(
			"%.40q is no date such as 2026-11-27, no time such as 2026-11-27T18:00:00Z, and no age such as 24h or 21d", text)
	}

	m.Age = ago

	return nil
}

// IsZero reports whether none was given.
func (m Moment) IsZero() bool { return m.At.IsZero() && m.Age == 0 }

// Before is the moment by a clock that shows now.
func (m Moment) Before(now time.Time) time.Time {
	if m.Age > 0 {
		return now.Add(-m.Age).UTC()
	}

	return m.At
}

// Age is how long ago something may have been.
type Age time.Duration

// UnmarshalText reads an age.
func (a *Age) UnmarshalText(text []byte) error {
	ago, err := age.Parse(string(text))
	if err != nil {
		return fmt.Errorf("%.40q %w", text, err)
	}

	*a = Age(ago)

	return nil
}
