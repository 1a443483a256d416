package records

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Unseen reports whether a character of a text is a blank or is not seen: of no width, a mark of the direction or of the
// byte order.
func Unseen(r rune) bool {
	const softHyphen, joiner, hangulFiller = '\u00ad', '\u034f', '\u3164'

	return unicode.IsSpace(r) || r > unicode.MaxASCII &&
		(unicode.Is(unicode.Cf, r) || r == softHyphen || r == joiner || r == hangulFiller || unicode.Is(unicode.Variation_Selector, r))
}

// endOfFile is the character with which programs of DOS end a text.
const endOfFile = '\x1a'

// isBlank reports whether a line has nothing that is seen but delimiters and empty values, as spreadsheets leave a thousand of
// behind the last row.
func isBlank(line, delimiters []byte) bool {
	if len(line) == 0 {
		return true
	}

	first := line[0]
	if first > ' ' && first < utf8.RuneSelf && first != '"' && bytes.IndexByte(delimiters, first) < 0 { // nearly all
		return false
	}

	quotes := 0

	for _, r := range string(line) {
		switch {
		case r == '"' && len(delimiters) > 0:
			quotes++
		case Unseen(r), r == endOfFile, bytes.ContainsRune(delimiters, r):
		default:
			return false
		}
	}

	return quotes%2 == 0
}
