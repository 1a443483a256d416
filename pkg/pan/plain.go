package pan

// fewPlain reports, without an allocation, that a text has too few digits to hold a number, and nothing in which others could be
// encoded. It is false wherever that takes a closer look.
//
// Most texts that are searched are short keys and names of this kind.
func fewPlain(text string) bool {
	digits, hex, base64 := 0, 0, 0

	for i := range len(text) {
		c := rune(text[i])

		switch {
		case c > maxASCII, beginsEscape(c):
			return false
		case c >= '0' && c <= '9':
			digits++
		case isSpace(c):
			continue // may stand inside of base64
		}

		// Bytes that are written as decimal numbers have two digits each, so that they count as hex here.
		if _, is := hexValue(c); is {
			hex++
		}

		if _, is := base64Value(c); is {
			base64++
		} else {
			base64 = 0
		}

		if digits >= leastKnown || hex >= leastHex || base64 >= leastBlock {
			return false
		}
	}

	return true
}

const maxASCII = 0x7f

// plainDigits are the values of a text that is digits and nothing else, as numbers of cards mostly are.
func plainDigits(text string) (values []byte, is bool) {
	values = make([]byte, len(text))

	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return nil, false
		}

		values[i] = text[i] - '0'
	}

	return values, true
}
