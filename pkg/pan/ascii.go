package pan

import "bytes"

// ascii is a text of nothing but ASCII in which nothing is escaped, as nearly all are that are searched. It has at most
// longestASCII bytes, so that its digits fit an array on the stack.
type ascii string

const longestASCII = 512

func unescapedASCII(text string) (a ascii, is bool) {
	if len(text) > longestASCII {
		return "", false
	}

	for i := range len(text) {
		if c := rune(text[i]); c > maxASCII || beginsEscape(c) {
			return "", false
		}
	}

	return ascii(text), true
}

// at returns the character at a position, and zero beyond the ends.
func (a ascii) at(i int) rune {
	if i < 0 || i >= len(a) {
		return 0
	}

	return rune(a[i])
}

// surelyLacks reports, without an allocation, that a text holds nothing of a number: neither leastKnown of its digits one behind
// the other, whatever is between them, nor groups of digits that make so many of it, nor a stretch that could be decoded. False
// means: look closer.
//
// The other texts beside a card number are searched for it for each job, and hold it in none that is as it should be.
func surelyLacks(text string, known []byte, together int) bool {
	a, is := unescapedASCII(text)

	return is && !a.mayShow(known, together) && !a.holdsBase64() && !a.holdsHex() && !a.holdsDecimals()
}

// mayShow reports whether the digits of the text, as they stand there, could show a number.
func (a ascii) mayShow(known []byte, together int) bool {
	var room [longestASCII]byte

	values := room[:0]
	begins := 0 // where the group of digits begins that is read
	most := groupChain{}

	for i := range len(a) {
		if c := a[i]; c >= '0' && c <= '9' {
			values = append(values, c-'0')
		} else if begins < len(values) {
			most.add(values[begins:], known)
			begins = len(values)
		}
	}

	if begins < len(values) {
		most.add(values[begins:], known)
	}

	return most.longest >= together || shareDigits(values, known)
}

// groupChain is how many digits the groups that a number holds could make together at most: those that follow each other
// directly, and longer ones from anywhere, as follows has it of pieces.
type groupChain struct{ last, lastLong, longest int }

// add has another group of digits follow.
func (c *groupChain) add(group, known []byte) {
	if !bytes.Contains(known, group) {
		c.last = 0

		return
	}

	before := c.last
	if len(group) >= leastPiece {
		before = max(before, c.lastLong)
	}

	c.last = before + len(group)
	c.longest = max(c.longest, c.last)

	if len(group) >= leastPiece {
		c.lastLong = max(c.lastLong, c.last)
	}
}

// holdsBase64 reports whether a stretch could be base64 of a text, as blocks would find it.
func (a ascii) holdsBase64() bool {
	var room [longestASCII]byte

	run := room[:0]

	for i := range len(a) {
		c := rune(a[i])

		if symbol, found := base64Value(c); found {
			run = append(run, symbol)
		} else if !isSpace(c) {
			if decodesToText(run, leastBlock, base64Shifts, base64Byte) {
				return true
			}

			run = run[:0]
		}
	}

	return decodesToText(run, leastBlock, base64Shifts, base64Byte)
}

// holdsHex reports whether a stretch could be hex of a text likewise.
func (a ascii) holdsHex() bool {
	var room [longestASCII]byte

	run := room[:0]

	for i := range len(a) {
		c := rune(a[i])
		symbol, found := hexValue(c)
		between := (c == '0' || isX(c) || !isAlphanumeric(c)) && a.betweenHex(i)

		switch {
		case between:
		case found:
			run = append(run, symbol)
		default:
			if decodesToText(run, leastHex, hexShifts, hexByte) {
				return true
			}

			run = run[:0]
		}
	}

	return decodesToText(run, leastHex, hexShifts, hexByte)
}

func (a ascii) betweenHex(i int) bool {
	return isBetweenHex([5]rune{a.at(i - 2), a.at(i - 1), a.at(i), a.at(i + 1), a.at(i + 2)})
}

// decodesToText reports whether a run of at least so many symbols is a text when it is decoded from one of its first places on.
func decodesToText(run []byte, least, shifts int, decoded func(left, right byte, i int) (byte, bool)) bool {
	if len(run) < least {
		return false
	}

	for shift := range shifts {
		if textual(run[shift:], decoded) {
			return true
		}
	}

	return false
}

// holdsDecimals reports whether as many numbers of two digits stand alone as a number of a card would have, byte by byte.
func (a ascii) holdsDecimals() bool {
	count := 0

	for i := 0; i+1 < len(a); i++ {
		if isDigit(a.at(i), 10) && isDigit(a.at(i+1), 10) && !isAlphanumeric(a.at(i-1)) && !isAlphanumeric(a.at(i+2)) {
			count++
		}
	}

	return count >= leastKnown
}

// isSpace is unicode.IsSpace within ASCII.
func isSpace(c rune) bool { return c == ' ' || c >= '\t' && c <= '\r' }
