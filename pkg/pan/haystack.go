package pan

import (
	"bytes"
	"slices"
)

// Haystack is a text in which many numbers are looked for, decoded once.
type Haystack struct{ views []digits }

// hold reports whether there is the number, or all of it but the check digit, in one or in pieces; or so much of it, digit
// behind digit, that it completes the first six and last four which are kept of each number.
func (d digits) hold(known []byte) bool {
	if len(d.values) < leastKnown {
		return false
	}

	return d.holdInARow(known) ||
		len(d.values) >= len(known)-1 && (bytes.Contains(d.values, known[:len(known)-1]) || d.assemble(known))
}

// holdInARow reports whether a group of digits holds leastKnown of the number's. Digits with something between them do not count
// here: a batch that ends with the first six digits, as "gold-520473", and a row's place behind it would, by chance.
func (d digits) holdInARow(known []byte) bool {
	for _, values := range d.all() {
		if shareDigits(values, known) {
			return true
		}
	}

	return false
}

// shareDigits reports whether a row of digits holds leastKnown of the number's.
func shareDigits(values, known []byte) bool {
	for ; len(values) >= leastKnown; values = values[1:] {
		if bytes.Contains(known, values[:leastKnown]) {
			return true
		}
	}

	return false
}

// NewHaystack decodes a text as Number.In does.
func NewHaystack(text string) Haystack {
	var h Haystack

	decode(plain(text), decodings, func(v view) bool {
		if d := digitsOf(v); len(d.values) >= leastKnown {
			h.views = append(h.views, d)
		}

		return true
	})

	return h
}

// Holds reports what the number's In would of the text.
func (h Haystack) Holds(number Number) bool {
	if len(h.views) == 0 {
		return false
	}

	known := number.known()
	if known == nil {
		return false
	}

	return slices.ContainsFunc(h.views, func(d digits) bool { return d.hold(known) })
}
