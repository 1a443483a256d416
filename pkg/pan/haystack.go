package pan

import (
	"bytes"
	"slices"
)

// Haystack is a text in which many numbers are looked for, decoded once.
type Haystack struct{ views []digitView }

// digitView is a view and its digits.
type digitView struct {
	view   view
	digits []byte
}

// holds reports whether there is the number, or all of it but the check digit, in one or in pieces; or so much of it, digit
// behind digit, that it completes the first six and last four which are kept of each number.
func (d digitView) holds(known []byte) bool {
	if len(d.digits) < leastKnown {
		return false
	}

	return inARow(d.view, known) ||
		len(d.digits) >= len(known)-1 && (bytes.Contains(d.digits, known[:len(known)-1]) || assembled(d.view, known))
}

// inARow reports whether a group of digits holds leastKnown of the number's. Digits with something between them do not count
// here: a batch that ends with the first six digits, as "gold-520473", and a row's place behind it would, by chance.
func inARow(v view, known []byte) bool {
	groups, digits := groupsOf(v)

	for _, at := range groups {
		values := digits[:len(at)]
		digits = digits[len(at):]

		for ; len(values) >= leastKnown; values = values[1:] {
			if bytes.Contains(known, values[:leastKnown]) {
				return true
			}
		}
	}

	return false
}

// NewHaystack decodes a text as Number.In does.
func NewHaystack(text string) Haystack {
	var h Haystack

	decode(plain(text), decodings, func(v view) bool {
		if digits, _ := v.digits(); len(digits) >= leastKnown {
			h.views = append(h.views, digitView{v, digits})
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

	return slices.ContainsFunc(h.views, func(v digitView) bool { return v.holds(known) })
}
