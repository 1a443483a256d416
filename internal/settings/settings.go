// Package settings holds the settings that several commands share, as flags and
// ENROLL_* environment variables of the same name, and opens what they name. Those
// of a worker alone are in internal/service. Secrets are given as files.
package settings

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// UsageError is a setting that is wrong: the command ends with exit code 2 before anything has started.
type UsageError struct{ err error }

// Error returns what is wrong.
func (f *UsageError) Error() string { return f.err.Error() }

// Unwrap returns the cause.
func (f *UsageError) Unwrap() error { return f.err }

// Faultf makes a fault of a text.
func Faultf(format string, args ...any) *UsageError { return &UsageError{fmt.Errorf(format, args...)} }

// Faults joins everything that is wrong, so that a person mends it in one go; nil when nothing is.
func Faults(errs ...error) error {
	if err := errors.Join(errs...); err != nil {
		return &UsageError{err}
	}

	return nil
}

// About names the setting that an error is about.
func About(flag string, err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("--%s: %w", flag, err)
}

// ErrMissing is what is wrong with a setting that has to be given.
var ErrMissing = errors.New("is missing")

// atLeast checks a setting that is too small below a value.
func atLeast[N int | int64 | time.Duration](flag string, value, least N) error {
	if value < least {
		return About(flag, fmt.Errorf("%v is not %v or more", value, short(least)))
	}

	return nil
}

// Between checks a setting that has bounds.
func Between[N int | int64 | time.Duration](flag string, value, least, most N) error {
	if value < least || value > most {
		return About(flag, fmt.Errorf("%v is not %v to %v", value, short(least), short(most)))
	}

	return nil
}

// short writes whole hours and minutes of a bound without the zeros behind them.
func short(bound any) string {
	text := fmt.Sprint(bound)
	if _, duration := bound.(time.Duration); !duration {
		return text
	}

	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}

	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}

	return text
}

// Missing reports a setting that has to be given and is not.
func Missing(flag, value string) error {
	if value == "" {
		return About(flag, ErrMissing)
	}

	return nil
}
