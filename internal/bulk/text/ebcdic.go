package text

import "unicode/utf8"

// ebcdic tells a text of a mainframe: no UTF-8, and nearly all of its bytes are letters, digits
// and signs there. Texts of other encodings have their digits and delimiters where ASCII has them.
func ebcdic(begin []byte) string {
	const (
		enough       = 16   // bytes at least
		nearlyAll    = 0.95 // of the bytes are known
		few          = 4    // of so many one at least is a letter or a digit: columns are filled up with blanks
		longestOfOne = 4
	)

	if len(begin) < enough || utf8.Valid(begin) || utf8.Valid(begin[:len(begin)-longestOfOne]) {
		return ""
	}

	var words, signs int

	for _, b := range begin {
		switch {
		case b >= 0x81 && b <= 0x89, b >= 0x91 && b <= 0x99, b >= 0xa2 && b <= 0xa9,
			b >= 0xc1 && b <= 0xc9, b >= 0xd1 && b <= 0xd9, b >= 0xe2 && b <= 0xe9, b >= 0xf0 && b <= 0xf9:
			words++
		case b == 0x40, b == 0x4b, b == 0x6b, b == 0x5e, b == 0x4f, b == 0x6d, b == 0x60, b == 0x61, b == 0x7c, b == 0xb5, b == 0x7a,
			b == 0x7f, b == 0x7d, b == 0x4e, b == 0x5b, b == 0x6a, b == 0x05, b == 0x15, b == 0x25, b == 0x0d, b == 0x00:
			signs++ // blank . , ; | _ - / @ § : " ' + $ | tab and the ends of lines
		}
	}

	if all := float64(len(begin)); float64(words+signs) < nearlyAll*all || words*few < words+signs {
		return ""
	}

	return "is EBCDIC text, as mainframes write it; have it transferred as text, or convert it, such as with: " +
		"iconv -f IBM1047 -t UTF-8 FILE (IBM273 for German); columns of fixed width need delimiters then"
}
