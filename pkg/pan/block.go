package pan

import "unicode"

const (
	// leastBlock is the length of the shortest stretch of base64 in which enough of a number can be, leastHex that of hex.
	leastBlock = (leastKnown*8 + 5) / 6
	leastHex   = 2 * leastKnown

	// base64Shifts and hexShifts are the places from which a stretch decodes to something else.
	base64Shifts = 4
	hexShifts    = 2
)

// blocks decodes what may be base64, hex, or bytes written as decimal numbers. Where a stretch of them begins is not known:
// it is decoded from each place that makes a difference. What does not look like text then is left out.
func blocks(v view) []view {
	var all []view

	run := symbols{make([]byte, 0, len(v.runes)), make([]int, 0, len(v.runes))}

	symbolRuns(v, run, base64Value, betweenBase64, leastBlock, func(run symbols) {
		for shift := range base64Shifts {
			all = appendText(all, v, run.from(shift), base64Byte)
		}
	})

	symbolRuns(v, run, hexValue, betweenHex, leastHex, func(run symbols) {
		for shift := range hexShifts {
			all = appendText(all, v, run.from(shift), hexByte)
		}
	})

	return append(all, decimalBlocks(v)...)
}

// symbols are characters of an encoded text and where the view has them.
type symbols struct {
	values []byte
	at     []int
}

func (s symbols) from(i int) symbols { return symbols{s.values[i:], s.at[i:]} }

// appendText decodes a run of symbols, of which two that stand beside each other make a byte, or none.
func appendText(all []view, v view, run symbols, decoded func(left, right byte, i int) (byte, bool)) []view {
	if !textual(run.values, decoded) {
		return all
	}

	length := len(run.values)
	bytes := octets{bytes: make([]byte, 0, length), from: make([]int, 0, length), to: make([]int, 0, length)}

	for i := range length - 1 {
		if b, whole := decoded(run.values[i], run.values[i+1], i); whole {
			bytes.add(b, v.from[run.at[i]], v.to[run.at[i+1]])
		}
	}

	text := newView(len(bytes.bytes))
	bytes.flush(&text)

	return append(all, text)
}

// textual reports whether enough bytes in a row could be text, in UTF-8 or UTF-16: of bytes by chance they are not.
func textual(values []byte, decoded func(left, right byte, i int) (byte, bool)) bool {
	inRow, missing := 0, 0 // missing are bytes of a character that has begun

	for i := range len(values) - 1 {
		b, whole := decoded(values[i], values[i+1], i)
		if !whole {
			continue
		}

		switch {
		case missing > 0 && b >= 0x80 && b < 0xc0:
			inRow, missing = inRow+1, missing-1
		case missing > 0:
			inRow, missing = 0, 0
		case b >= ' ' && b < 0x7f, b == 0, b == '\n', b == '\r', b == '\t':
			inRow++
		case b >= 0xc2 && b <= 0xf4:
			inRow, missing = inRow+1, following(b)
		default:
			inRow = 0
		}

		if inRow == leastKnown {
			return true
		}
	}

	return false
}

// following is how many bytes a character has behind its first one.
func following(first byte) int {
	switch {
	case first < 0xe0:
		return 1
	case first < 0xf0:
		return 2
	default:
		return 3
	}
}

func base64Byte(left, right byte, i int) (b byte, whole bool) {
	switch i % 4 {
	case 0:
		return left<<2 | right>>4, true
	case 1:
		return left<<4 | right>>2, true
	case 2:
		return left<<6 | right, true
	default:
		return 0, false
	}
}

func hexByte(left, right byte, i int) (b byte, whole bool) { return left<<4 | right, i%2 == 0 }

// decimalBlocks reads [53, 50, 48, 52], as programs print bytes.
func decimalBlocks(v view) []view {
	var decoded view

	for i := 0; i < len(v.runes); {
		end := i
		for end-i < 3 && isDigit(v.at(end), 10) {
			end++
		}

		alone := !isAlphanumeric(v.at(i-1)) && !isAlphanumeric(v.at(end))
		if end-i == 2 && alone {
			if code := (v.runes[i]-'0')*10 + v.runes[i+1] - '0'; code >= '0' && code <= '9' {
				decoded.add(code, v.from[i], v.to[i+1])
			}
		}

		i = max(end, i+1)
	}

	if len(decoded.runes) < leastKnown {
		return nil
	}

	return []view{decoded}
}

// symbolRuns shows look the stretches of a view that hold at least so many symbols of an alphabet, with nothing but what may be
// between them. A stretch is valid until the next; run is the room for it.
func symbolRuns(
	v view, run symbols, value func(rune) (byte, bool), between func(v view, i int) bool, least int, look func(symbols),
) {
	end := func() {
		if len(run.values) >= least {
			look(run)
		}

		run.values, run.at = run.values[:0], run.at[:0]
	}

	for i, r := range v.runes {
		if between(v, i) {
			continue
		}

		if symbol, found := value(r); found {
			run.values, run.at = append(run.values, symbol), append(run.at, i)
		} else {
			end()
		}
	}

	end()
}

// betweenBase64: encoders break lines.
func betweenBase64(v view, i int) bool { return unicode.IsSpace(v.runes[i]) }

// betweenHex: bytes are written 35:32, 35-32, 35 32, 0x35, 0x32.
func betweenHex(v view, i int) bool {
	return isBetweenHex([5]rune{v.at(i - 2), v.at(i - 1), v.runes[i], v.at(i + 1), v.at(i + 2)})
}

// isBetweenHex says so of the middle one of five characters.
func isBetweenHex(c [5]rune) bool {
	switch r := c[2]; {
	case r == '0':
		return isX(c[3]) && isDigit(c[4], 16) && !isAlphanumeric(c[1])
	case isX(r):
		return c[1] == '0' && isDigit(c[3], 16) && !isAlphanumeric(c[0])
	default:
		return !unicode.IsLetter(r) && !isDigit(r, 10) && r != '*'
	}
}

func isX(r rune) bool { return r == 'x' || r == 'X' }

// base64Value knows both alphabets.
func base64Value(r rune) (byte, bool) {
	switch {
	case r >= 'A' && r <= 'Z':
		return byte(r - 'A'), true
	case r >= 'a' && r <= 'z':
		return byte(r-'a') + 26, true
	case r >= '0' && r <= '9':
		return byte(r-'0') + 52, true
	case r == '+', r == '-':
		return 62, true
	case r == '/', r == '_':
		return 63, true
	default:
		return 0, false
	}
}

func hexValue(r rune) (byte, bool) {
	switch {
	case r >= '0' && r <= '9':
		return byte(r - '0'), true
	case r >= 'a' && r <= 'f':
		return byte(r-'a') + 10, true
	case r >= 'A' && r <= 'F':
		return byte(r-'A') + 10, true
	default:
		return 0, false
	}
}
