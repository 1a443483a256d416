package pan

import (
	"slices"
	"strings"
	"unicode"
)

// The lengths of account numbers in use (ISO/IEC 7812-1 allows up to 19; below
// 13 nearly every order number would be a hit).
const (
	shortest = 13
	longest  = 19
	usual    = 16
)

// MaskText hides whatever in text could be a PAN: each run of digits, of any script, single spaces or hyphens between them
// allowed, that passes the Luhn check as a whole (13 to 19 digits) or holds 16 digits that do and begin as cards begin; and
// what LooksLikeCard finds, escaped or with other characters between its digits. The number keeps its last four digits and
// its separators. Other text is returned as it is.
func MaskText(text string) string {
	if !enoughDigits(text) {
		return text
	}

	for range mostMasking {
		marked, found := markSuspicious(text)
		if !found {
			return text
		}

		text = masked(text, marked)
	}

	return hidden
}

// Contains reports whether MaskText would hide something.
func Contains(text string) bool {
	if !enoughDigits(text) {
		return false
	}

	_, found := markSuspicious(text)

	return found
}

// markSuspicious marks the bytes of text to hide.
func markSuspicious(text string) (marked []bool, found bool) {
	marked = make([]bool, len(text))

	decodeEscapes(plain(text), func(v view) bool {
		for _, digits := range append(suspiciousRuns(v), cardsIn(v)...) {
			for _, at := range digits[:len(digits)-4] {
				fill(marked[v.from[at]:v.to[at]])

				found = true
			}
		}

		return true
	})

	return marked, found
}

// suspiciousRuns returns, for each, where the view has its digits.
func suspiciousRuns(v view) [][]int {
	var found [][]int

	isDigit := func(i int) bool { _, is := digitOf(v.at(i)); return is }

	for i := 0; i < len(v.runes); {
		if !isDigit(i) {
			i++
			continue
		}

		var digits []int

		for isDigit(i) || len(digits) > 0 && isDigit(i+1) && separates(v.at(i)) {
			if isDigit(i) {
				digits = append(digits, i)
			}
			i++
		}

		if len(digits) >= shortest && suspicious(v.text(digits)) {
			found = append(found, digits)
		}
	}

	return found
}

func suspicious(digits string) bool {
	return len(digits) <= longest && Luhn(digits) || slices.ContainsFunc(windows(digits), plausible)
}

// windows returns every stretch of a PAN's usual length.
func windows(digits string) []string {
	var all []string
	for from := 0; from+usual <= len(digits); from++ {
		all = append(all, digits[from:from+usual])
	}

	return all
}

// plausible also asks for a first digit that payment cards have, so that long
// runs of digits that are no card are hidden less often.
func plausible(digits string) bool {
	return digits[0] >= '2' && digits[0] <= '6' && Luhn(digits)
}

// separates: a hyphen, or a space of any width.
func separates(r rune) bool { return r == '-' || unicode.Is(unicode.Zs, r) }

// mask keeps the first six and last four of what is long enough to be a PAN, and nothing of anything else.
func mask(digits string) string {
	if len(digits) < MinLength {
		return strings.Repeat("*", len(digits))
	}

	return digits[:6] + strings.Repeat("*", len(digits)-10) + digits[len(digits)-4:]
}
