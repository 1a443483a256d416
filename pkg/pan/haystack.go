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

// holds reports whether there is the number, or all of it but the check digit, in one or in pieces.
func (d digitView) holds(known []byte) bool {
	return len(d.digits) >= len(known)-1 && (bytes.Contains(d.digits, known[:len(known)-1]) || assembled(d.view, known))
}

// NewHaystack decodes a text as Number.In does.
func NewHaystack(text string) Haystack {
	var h Haystack

	decode(plain(text), decodings, func(v view) bool {
		if digits, _ := v.digits(); len(digits) >= shortest-1 {
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
