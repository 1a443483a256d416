package profile

import (
	"fmt"
	"time"
)

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%.40q is not a duration; write it with its unit, such as 60s or 15m", text)
	}

	*d = Duration(parsed)

	return nil
}

// MarshalText writes a duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String writes a duration.
func (d Duration) String() string { return time.Duration(d).String() }
