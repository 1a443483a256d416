package pan

import (
	"bytes"
)

const (
	// leastRest is how many digits in a row of the rest of a number show too much of it wherever they stand. In a key of ten
	// digits that is no part of the number they stand by chance once in ten million.
	leastRest = 8
	// leastKey is how many do when they are a key's only digits, and leastAccount in a text that many numbers stand beside.
	leastKey     = 7
	leastAccount = 9
	// leastSpread is how many do that end with the last four digits and have something between them: a counter and the last four
	// digits are a usual key.
	leastSpread = 10
	// leastTelling is how many digits have to be left of them without the zeros at both ends. Numbers made for tests have a row
	// of zeros in the middle, and counters have them in front: "00000012" in both says nothing.
	leastTelling = 5
	// first and last are the digits of a number that are kept of each.
	first, last = 6, 4
)

// PartIn reports whether an own key shows more of the number than may be shown beside its first six and last four digits, which
// are kept of each card: eight digits in a row of those behind the first six; seven as the key's or a group's only digits, but
// for zeros before them; or all those between the first six and the last four. So does an account number of which the number
// was made. Digits of which most are zeros do not count. Digits of any script count, escaped or not.
func (n Number) PartIn(key string) bool {
	return n.restIn(key, func(d digits, known []byte) bool {
		return d.anyGroup(func(values []byte) bool { return showsRest(values, known) }) || d.areSpread(known)
	})
}

// AccountIn is PartIn for texts in which other digits are usual, such as an id that is made of a day and a counter: nine digits
// in a row of those behind the first six, as many as an account number in a card number has.
func (n Number) AccountIn(text string) bool {
	return n.restIn(text, func(d digits, known []byte) bool {
		return d.anyGroup(func(values []byte) bool { return holdsRest(values, known, leastAccount) })
	})
}

func (n Number) restIn(text string, hold func(d digits, known []byte) bool) (found bool) {
	known := n.known()
	if len(known) < MinLength || len(text) < leastKey-1 {
		return false
	}

	decodeEscapes(plain(text), func(v view) bool {
		found = hold(digitsOf(v), known)
		return !found
	})

	return found
}

func (d digits) anyGroup(is func(values []byte) bool) bool {
	for _, values := range d.all() {
		if is(values) {
			return true
		}
	}

	return false
}

// showsRest reports whether a group of digits shows too much of the rest of a number.
func showsRest(values, known []byte) bool {
	return isRest(values, known) || holdsRest(values, known, leastRest)
}

// holdsRest reports whether digits hold so many in a row of those between the first six and the check digit. The first six are
// those of the bank, with which its keys may well begin.
func holdsRest(digits, known []byte, least int) bool {
	rest := known[first : len(known)-1]

	for ; len(digits) >= least; digits = digits[1:] {
		if telling(digits[:least]) && bytes.Contains(rest, digits[:least]) {
			return true
		}
	}

	return false
}

// isRest reports whether digits are a part of the rest of a number as a whole, but for zeros before them.
func isRest(digits, known []byte) bool {
	rest, middle := known[first:], known[first:len(known)-last]
	if !telling(digits) {
		return false
	}

	if bytes.Equal(digits, middle) {
		return true
	}

	for ; len(digits) >= leastKey; digits = digits[1:] {
		if bytes.Contains(rest, digits) {
			return true
		}

		if digits[0] != 0 {
			return false
		}
	}

	return false
}

func telling(digits []byte) bool { return len(bytes.Trim(digits, "\x00")) >= leastTelling }

// areSpread reports whether the digits of a text, whatever stands between them, are a part of the rest as a whole.
func (d digits) areSpread(known []byte) bool {
	return isRest(d.values, known) && (len(d.values) >= leastSpread || trailing(d.values, known) == 0)
}

// markRest marks the bytes of groups that show too much of the rest of a number, but for its last four digits.
func (d digits) markRest(v view, known []byte, marked []bool) (found bool) {
	if len(known) < MinLength {
		return false
	}

	for at, values := range d.all() {
		if !showsRest(values, known) {
			continue
		}

		for _, place := range at[:len(at)-trailing(values, known)] {
			fill(marked[v.from[place]:v.to[place]])

			found = true
		}
	}

	return found
}

// trailing is how many of the last four digits of a number some digits end with.
func trailing(digits, known []byte) int {
	if bytes.HasSuffix(digits, known[len(known)-last:]) {
		return last
	}

	return 0
}
