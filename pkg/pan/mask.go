package pan

import (
	"slices"
	"strings"
)

// The lengths of account numbers in use (ISO/IEC 7812-1 allows up to 19; below
// 13 nearly every order number would be a hit).
const (
	shortest = 13
	longest  = 19
	usual    = 16
)

// MaskText hides whatever in text could be a PAN: each run of digits, single
// spaces or hyphens between them allowed, that passes the Luhn check as a whole
// (13 to 19 digits) or holds 16 digits that do and begin as cards begin. The run
// keeps its last four digits and its separators. Other text is returned as it is.
func MaskText(text string) string {
	var out []byte

	for _, run := range runs(text) {
		if out == nil {
			out = []byte(text)
		}

		for _, at := range run[:len(run)-4] {
			out[at] = '*'
		}
	}

	if out == nil {
		return text
	}

	return string(out)
}

// Contains reports whether MaskText would hide something.
func Contains(text string) bool { return len(runs(text)) > 0 }

// runs returns, for each suspicious run, the positions of its digits.
func runs(text string) [][]int {
	var found [][]int

	for i := 0; i < len(text); {
		if !digitAt(text, i) {
			i++
			continue
		}

		var run []int

		for digitAt(text, i) || len(run) > 0 && digitAt(text, i+1) && separatorAt(text, i) {
			if digitAt(text, i) {
				run = append(run, i)
			}
			i++
		}

		if suspicious(text, run) {
			found = append(found, run)
		}
	}

	return found
}

func suspicious(text string, run []int) bool {
	if len(run) < shortest {
		return false
	}

	digits := make([]byte, len(run))
	for i, at := range run {
		digits[i] = text[at]
	}

	return len(run) <= longest && Luhn(string(digits)) || slices.ContainsFunc(windows(digits), plausible)
}

// windows returns every stretch of a PAN's usual length.
func windows(digits []byte) []string {
	var all []string
	for from := 0; from+usual <= len(digits); from++ {
		all = append(all, string(digits[from:from+usual]))
	}

	return all
}

// plausible also asks for a first digit that payment cards have, so that long
// runs of digits that are no card are hidden less often.
func plausible(digits string) bool {
	return digits[0] >= '2' && digits[0] <= '6' && Luhn(digits)
}

func digitAt(text string, i int) bool {
	return i < len(text) && text[i] >= '0' && text[i] <= '9'
}

func separatorAt(text string, i int) bool { return text[i] == ' ' || text[i] == '-' }

// mask keeps the first six and last four of what is long enough to be a PAN, and nothing of anything else.
func mask(digits string) string {
	if len(digits) < MinLength {
		return strings.Repeat("*", len(digits))
	}

	return digits[:6] + strings.Repeat("*", len(digits)-10) + digits[len(digits)-4:]
}
