package mastercard

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/pkg/pan"
)

// Limits, in characters, of what is kept of an answer.
const (
	maxMessage = 500
	maxCode    = 100 // a reason, a detail or a field
)

// clean makes a text from outside fit to be kept and shown: printable, one line,
// nothing in it that could be a PAN or is the number of this call, at most limit
// characters. White space is joined first, so that it cannot split a number.
func clean(text string, limit int, number pan.Number) string {
	printable := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return ' '
		}

		return r
	}, text)
	text = strings.Join(strings.Fields(printable), " ")

	//nolint:forbidigo // to find the number in what the API says of it
	return shorten(pan.MaskText(hide(text, number.Reveal())), limit)
}

// hide masks a number that is known, wherever text has its digits in a row,
// whatever but letters and digits stands between them; pan.MaskText finds numbers
// by the Luhn check and the usual separators only. The last four digits stay.
func hide(text, digits string) string {
	if len(digits) < pan.MinLength {
		return text
	}

	out := []byte(text)

	for from, c := range out {
		if c != digits[0] {
			continue
		}

		found := positions(out[from:], digits)
		for _, at := range found[:max(len(found)-4, 0)] {
			out[from+at] = '*'
		}
	}

	return string(out)
}

// positions returns where the digits stand at the beginning of text, or nil.
func positions(text []byte, digits string) []int {
	found := make([]int, 0, len(digits))

	for at, c := range text {
		switch {
		case c == digits[len(found)]:
			if found = append(found, at); len(found) == len(digits) {
				return found
			}
		case len(found) == 0 || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
			return nil
		}
	}

	return nil
}

// shorten cuts text so that it has at most limit characters, the mark of the cut included.
func shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}

	count := 0
	for at := range text {
		if count == limit-1 {
			return text[:at] + "…"
		}
		count++
	}

	return text
}

// maskedError is an error whose text is fit to be shown: errors of net/http and
// encoding/json can quote what a server sent. It has no Unwrap, because the cause
// would show that text again; errors.Is works all the same.
type maskedError struct {
	text  string
	cause error
}

func (e *maskedError) Error() string { return e.text }

func (e *maskedError) Is(target error) bool { return errors.Is(e.cause, target) }

func maskError(err error) error { return maskErrorOf(err, pan.Number{}) }

func maskErrorOf(err error, number pan.Number) error {
	if err == nil {
		return nil
	}

	return &maskedError{text: clean(err.Error(), maxMessage, number), cause: err}
}
