package pan

import "bytes"

// Haystack is a text in which many numbers are looked for, decoded once.
type Haystack struct{ digits [][]byte }

// NewHaystack decodes a text as Number.In does.
func NewHaystack(text string) Haystack {
	var h Haystack

	decode(plain(text), decodings, func(v view) bool {
		if digits, _ := v.digits(); len(digits) >= shortest-1 {
			h.digits = append(h.digits, digits)
		}

		return true
	})

	return h
}

// Holds reports what the number's In would of the text.
func (h Haystack) Holds(number Number) bool {
	if len(h.digits) == 0 {
		return false
	}

	known := number.known()
	if known == nil {
		return false
	}

	for _, digits := range h.digits {
		if bytes.Contains(digits, known[:len(known)-1]) {
			return true
		}
	}

	return false
}
