package pan

import "unicode"

const (
	// leastKnown is how many digits in a row of a number are too many to be shown: first six and last four, together, may be.
	leastKnown = 11
	// decodings is how many encodings, one inside the other, are looked into.
	decodings = 3
	// mostMasking bounds how often a text is masked anew; once is enough for all but texts that are made for it.
	mostMasking = 32
	// hidden stands for a text that cannot be masked.
	hidden = "(text left out: it holds the card number)"
)

// In reports whether text holds the number, or all of it but the check digit, whatever stands between its digits, or eleven of
// its digits one directly behind the other; in digits of any script, escaped or encoded: percent encoding, HTML entities,
// backslash escapes, base64, hex, one inside the other; also where other digits stand between its groups.
// Digits are looked for, not their surroundings: that others spell a number by chance does not happen.
func (n Number) In(text string) bool {
	if len(text) < leastKnown || fewPlain(text) {
		return false
	}

	known := n.known()
	if known == nil || surelyLacks(text, known, len(known)-1) {
		return false
	}

	found := false

	decode(plain(text), decodings, func(v view) bool {
		found = digitsOf(v).hold(known)

		return !found
	})

	return found
}

// MaskIn masks the number in text, in every form that In finds, what holds eleven or more of its digits, in a row or in
// groups between which others are masked, and groups of digits that PartIn finds. The last four digits stay.
func (n Number) MaskIn(text string) string {
	known := n.known()
	if len(text) < leastKey-1 || known == nil {
		return text
	}

	for range mostMasking {
		marked, found := markKnown(text, known, true)
		if !found {
			return text
		}

		text = masked(text, marked)
	}

	return hidden
}

// LargelyIn reports whether text holds the number in a form that In finds, or eleven or more of its digits in a row or in groups.
// It is for ids that others make. Unlike MaskIn it passes over parts of the account number: ids hold that many digits by chance.
func (n Number) LargelyIn(text string) bool {
	if len(text) < leastKnown || fewPlain(text) {
		return false
	}

	known := n.known()
	if known == nil || surelyLacks(text, known, leastKnown) {
		return false
	}

	_, found := markKnown(text, known, false)

	return found
}

// known are the digits of a number that is long enough to be looked for, whatever else was written between them, or nil.
func (n Number) known() []byte {
	text := n.Reveal()

	values, plainly := plainDigits(text)
	if !plainly {
		values = digitsOf(plain(text)).values
	}

	if len(values) < shortest {
		return nil
	}

	return values
}

// decode shows look a view, and then what it may be once it is decoded, until look returns false.
func decode(v view, depth int, look func(view) bool) bool {
	if !look(v) {
		return false
	}

	if depth == 0 || len(v.runes) < leastKnown {
		return true
	}

	if decoded, changed := unescaped(v); changed && !decode(decoded, depth-1, look) {
		return false
	}

	for _, block := range blocks(v) {
		if !decode(block, depth-1, look) {
			return false
		}
	}

	return true
}

// markKnown marks the bytes of text that hold digits of a number, where enough of them stand in a row, and those of an account
// number where that is asked for.
func markKnown(text string, known []byte, account bool) (marked []bool, found bool) {
	marked = make([]bool, len(text))

	decode(plain(text), decodings, func(v view) bool {
		d := digitsOf(v)

		if d.markPieces(v, known, marked) {
			found = true
		}

		if account && d.markRest(v, known, marked) {
			found = true
		}

		for i := range d.values {
			for k := range known {
				length := alike(d.values[i:], known[k:])
				if length < leastKnown {
					continue
				}

				for j := range min(length, len(known)-4-k) {
					place := d.at[i+j]
					fill(marked[v.from[place]:v.to[place]])

					found = true
				}
			}
		}

		return true
	})

	return marked, found
}

// alike is how many digits two runs begin with that are the same.
func alike(a, b []byte) int {
	most := min(len(a), len(b))
	for i := range most {
		if a[i] != b[i] {
			return i
		}
	}

	return most
}

func fill(marked []bool) {
	for i := range marked {
		marked[i] = true
	}
}

// Plausible reports whether what is held as a number has the digits of one, 16 to 20, and no letters.
func (n Number) Plausible() bool {
	for _, r := range n.Reveal() {
		if unicode.IsLetter(r) {
			return false
		}
	}

	digits := len(n.known())

	return digits >= MinLength && digits <= MaxLength
}
