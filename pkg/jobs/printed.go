package jobs

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ValidName reports whether text is a name as messages and files may have it: one line of at most 256 characters, without
// control characters and without what is not seen or was lost. The schema of the payload says the same.
func ValidName(text string) bool {
	return atMost(text, maxName) && !strings.ContainsAny(text, "\t\n\r") && printed(text)
}

// ValidAddress reports whether text is a part of an address as messages and files may have it, of at most so many characters.
// It may have line breaks.
func ValidAddress(text string, most int) bool { return atMost(text, most) && printed(text) }

// Hidden reports whether text has a character in it that is not seen, such as a blank of no width or a mark of the direction,
// and that the letter before it does not ask for.
func Hidden(text string) bool {
	before := rune(0)

	for _, r := range text {
		if unseen(r) && !asks(before, r) {
			return true
		}

		before = r
	}

	return false
}

// printed reports whether text is UTF-8 without control characters other than tabs and line breaks, without characters
// that were lost when it was converted (U+FFFD), and without hidden ones.
func printed(text string) bool {
	if plainASCII(text) { // nearly all are
		return true
	}

	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' || r >= 0xfff0 && r <= 0xffff
	}) && !Hidden(text)
}

func plainASCII(text string) bool {
	return all(text, func(c byte) bool { return c >= ' ' && c <= '~' })
}

// unseen reports whether a character is not seen. The patterns of the schema have the same ranges, and the
// control characters U+0080 to U+009F and what is at the end of the first plane, U+FFF0 to U+FFFF, beside.
func unseen(r rune) bool {
	return r > unicode.MaxASCII && unicode.Is(&unicode.RangeTable{
		R16: []unicode.Range16{
			{Lo: 0x00ad, Hi: 0x00ad, Stride: 1}, {Lo: 0x034f, Hi: 0x034f, Stride: 1},
			{Lo: 0x061c, Hi: 0x061c, Stride: 1}, {Lo: 0x115f, Hi: 0x1160, Stride: 1},
			{Lo: 0x17b4, Hi: 0x17b5, Stride: 1}, {Lo: 0x180b, Hi: 0x180f, Stride: 1},
			{Lo: 0x200b, Hi: 0x200f, Stride: 1}, {Lo: 0x2028, Hi: 0x202e, Stride: 1},
			{Lo: 0x2060, Hi: 0x206f, Stride: 1}, {Lo: 0x3164, Hi: 0x3164, Stride: 1},
			{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1}, {Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
			{Lo: 0xffa0, Hi: 0xffa0, Stride: 1},
		},
		R32: []unicode.Range32{
			{Lo: 0xe0000, Hi: 0xe0fff, Stride: 1},
		},
	}, r)
}

// asks reports whether what is not seen belongs to the letter before it: a joiner, which names in Arabic, in the scripts of India
// and in some others are written with, a variant of a Mongolian letter, or one of a Chinese character, as Japanese names have.
func asks(before, r rune) bool {
	switch {
	case r == '\u200c' || r == '\u200d':
		return isJoined(before)
	case r >= 0x180b && r <= 0x180f:
		return before >= 0x1820 && before <= 0x18aa
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef:
		return isIdeograph(before)
	default:
		return false
	}
}

// isJoined reports whether a letter is of a script that is written with joiners.
func isJoined(r rune) bool {
	return unicode.Is(&unicode.RangeTable{
		R16: []unicode.Range16{
			{Lo: 0x0620, Hi: 0x077f, Stride: 1}, {Lo: 0x0860, Hi: 0x0dff, Stride: 1},
			{Lo: 0x1000, Hi: 0x109f, Stride: 1}, {Lo: 0x1780, Hi: 0x17b3, Stride: 1},
			{Lo: 0x17b6, Hi: 0x17ff, Stride: 1}, {Lo: 0x1820, Hi: 0x18aa, Stride: 1},
			{Lo: 0xfb50, Hi: 0xfdff, Stride: 1}, {Lo: 0xfe70, Hi: 0xfefc, Stride: 1},
		},
	}, r)
}

func isIdeograph(r rune) bool {
	return unicode.Is(&unicode.RangeTable{
		R16: []unicode.Range16{
			{Lo: 0x3400, Hi: 0x4dbf, Stride: 1}, {Lo: 0x4e00, Hi: 0x9fff, Stride: 1},
			{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		},
		R32: []unicode.Range32{
			{Lo: 0x20000, Hi: 0x3ffff, Stride: 1},
		},
	}, r)
}
