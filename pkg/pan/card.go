package pan

import (
	"strings"
	"unicode/utf8"
)

// LooksLikeCard reports whether text holds what passes for a card number: a run of 13 to 19 digits, of any script, that is in
// the ranges of some brand, as long as its numbers, and has the right check digit. Whatever is no letter may stand between the
// digits, up to five characters of it, and it may be escaped (percent encoding, HTML entities, backslashes). It is
// stricter than Contains: to refuse somebody's own key because it holds a card number, one should be fairly sure.
//
// Letters end a run. No cards are UUIDs, and other hashes and ids of 24, 32, 40 or 64 hex digits with three letters
// and more, though one in some thousands has digits that would do; IBANs whose own check digits are right; days with a time of
// day, written as in 30.12.2026 19:30:05; and phone numbers with a plus before them.
func LooksLikeCard(text string) bool {
	if !enoughDigits(text) {
		return false
	}

	found := false

	decodeEscapes(plain(text), func(v view) bool {
		found = len(cardsIn(v)) > 0
		return !found
	})

	return found
}

// enoughDigits is quick, and true of every text that holds a card number.
func enoughDigits(text string) bool {
	count := 0

	for i := range len(text) {
		if c := text[i]; c >= '0' && c <= '9' || c >= utf8.RuneSelf {
			if count++; count == shortest {
				return true
			}
		}
	}

	return false
}

// decodeEscapes shows look a view, and then each level of what is escaped in it.
func decodeEscapes(v view, look func(view) bool) {
	for range decodings {
		if !look(v) {
			return
		}

		decoded, changed := unescaped(v)
		if !changed {
			return
		}

		v = decoded
	}

	look(v)
}

// cardsIn returns the digits of what passes for card numbers.
func cardsIn(v view) [][]int {
	found := cardsBeside(v, nil)
	if found == nil {
		return nil
	}

	// Looked for only now, as it costs more.
	if barred, some := identifiers(v); some {
		return cardsBeside(v, barred)
	}

	return found
}

func cardsBeside(v view, barred []bool) [][]int {
	var found [][]int

	for _, r := range runsOf(v, barred) {
		for _, at := range r.candidates() {
			if digits := v.text(at); brandOf(digits) && Luhn(digits) {
				found = append(found, at)
			} else if number, padded := unpadded(digits); padded && brandOf(number) && Luhn(number) {
				found = append(found, at[len(digits)-len(number):])
			}
		}
	}

	return found
}

// text are the digits at some places of a view, as ASCII.
func (v *view) text(at []int) string {
	digits := make([]byte, len(at))
	for i, place := range at {
		value, _ := digitOf(v.runes[place])
		digits[i] = '0' + value
	}

	return string(digits)
}

// maxPadding is how many zeros may be before a number that a system has written into a wider field.
const maxPadding = 16

// unpadded takes off zeros that fill a field: two and more before a number of a usual length.
func unpadded(digits string) (number string, padded bool) {
	const least = 15

	number = strings.TrimLeft(digits, "0")

	return number, len(digits)-len(number) >= 2 && len(number) >= least
}
