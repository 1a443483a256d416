// Package pan holds primary account numbers so that they cannot get out by
// accident, and finds them in text where they have no business to be.
//
// It imports nothing but the standard library, so that every other package,
// the public message package included, can share the one definition of what a
// PAN is, what of it may be shown, and how it is masked.
package pan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Limits of the API's Card schema: a PAN has 16 to 20 characters.
const (
	MinLength = 16
	MaxLength = 20
)

// Errors of Parse. None of them repeats the value.
var (
	ErrEmpty  = errors.New("the PAN is missing")
	ErrDigits = errors.New("the PAN has characters other than digits")
	ErrLength = fmt.Errorf("the PAN has not %d to %d digits", MinLength, MaxLength)
	ErrLuhn   = errors.New("the PAN fails the Luhn check: a digit is wrong or missing")
)

// Number is a primary account number. Its zero value is "no number".
//
// Printing, logging and marshalling it give the masked form; only Reveal gives
// the digits. They are kept behind a pointer because fmt prints the unexported
// fields of a surrounding struct without asking for their String method, and
// prints a nested pointer as an address.
type Number struct{ digits *string }

// Parse checks length, digits and the Luhn check digit. Its errors never hold the value.
func Parse(s string) (Number, error) {
	switch {
	case s == "":
		return Number{}, ErrEmpty
	case !allDigits(s):
		return Number{}, ErrDigits
	case len(s) < MinLength || len(s) > MaxLength:
		return Number{}, ErrLength
	case !Luhn(s):
		return Number{}, ErrLuhn
	}

	return Number{digits: &s}, nil
}

// Unchecked holds s as a number without looking at it: for values read from
// outside that are to be validated, and reported masked, later.
func Unchecked(s string) Number {
	if s == "" {
		return Number{}
	}

	return Number{digits: &s}
}

// Check reports what Parse would say of the number.
func (n Number) Check() error {
	_, err := Parse(n.Reveal())
	return err
}

// Reveal returns the digits in clear. Every caller is a place to review.
func (n Number) Reveal() string {
	if n.digits == nil {
		return ""
	}

	return *n.digits
}

// IsZero reports whether there is no number.
func (n Number) IsZero() bool { return n.digits == nil }

// First6 returns the first six digits, or "" when the number is too short to be truncated safely.
func (n Number) First6() string {
	if d := n.Reveal(); len(d) >= MinLength {
		return d[:6]
	}

	return ""
}

// Last4 returns the last four digits, or "" when the number is too short to be truncated safely.
func (n Number) Last4() string {
	if d := n.Reveal(); len(d) >= MinLength {
		return d[len(d)-4:]
	}

	return ""
}

// String returns the masked form: first six, last four, asterisks between.
// What is too short to be a PAN is masked whole.
func (n Number) String() string { return mask(n.Reveal()) }

// Format writes the masked form whatever the verb, so that %v, %+v, %#v, %s, %q, %x all hide the digits.
func (n Number) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, n.String()) }

// LogValue writes the masked form to logs.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.String()) }

// MarshalJSON writes the masked form. To send the digits, a caller has to reveal them.
func (n Number) MarshalJSON() ([]byte, error) { return json.Marshal(n.String()) }

// MarshalText writes the masked form.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText takes the value as it is; Check says whether it is a PAN.
func (n *Number) UnmarshalText(text []byte) error {
	*n = Unchecked(string(text))
	return nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}

	return true
}
