package columns

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/pkg/pan"
)

// MaskCell is a cell as it may be written to a file: a card number truncated to
// first six and last four, anything else that could be one masked.
func MaskCell(in FileColumn, value string) string {
	value = strings.ToValidUTF8(strings.TrimSpace(value), string(utf8.RuneError))

	switch {
	case !in.holdsPAN():
		return pan.MaskText(value)
	case countDigits(value) == len(value):
		return pan.Unchecked(value).String()
	default: // digits with something between them, which truncation does not know about
		return hideDigits(value)
	}
}

// DisplayName makes a name from the header fit for a message. Where the header is
// missing, a name may be a card number with a digit wrong.
func DisplayName(name string) string {
	const (
		enough     = 40
		manyDigits = 12
	)

	if countDigits(name) >= manyDigits {
		name = hideDigits(name)
	}

	if utf8.RuneCountInString(name) > enough {
		name = string([]rune(name)[:enough]) + "..."
	}

	return name
}

func countDigits(text string) int {
	n := 0

	for _, r := range text {
		if unicode.IsDigit(r) {
			n++
		}
	}

	return n
}

func hideDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '*'
		}

		return r
	}, text)
}
