package jobs

import (
	"slices"
	"strings"
	"unicode"
)

// Characters of the part before the at sign, and of a part of a domain (RFC 5321, 4.5.3.1 and RFC 1035, 2.3.4).
const (
	maxLocal = 64
	maxLabel = 63
)

// noDomains are last labels of domains that programs write for an address that they do not have.
func noDomains() []string { return []string{"null", "none", "nil", "nan", "undefined", "invalid"} }

// ValidEmail reports whether text is an e-mail address as messages and files may have it; the schema of the payload says
// the same. It is what mail servers take (RFC 5321 and 6531): a local part of words with dots between them, and a domain of at
// least two labels. Refused is what is not seen, as a blank of no width: mail goes to another address then.
func ValidEmail(text string) bool {
	local, domain, found := strings.Cut(text, "@")
	if !found || !atMost(text, maxEmail) || !atMost(local, maxLocal) || strings.HasPrefix(local, "'") {
		return false
	}

	for word := range strings.SplitSeq(local, ".") {
		if word == "" || strings.ContainsFunc(word, notInLocal) {
			return false
		}
	}

	labels := strings.Split(domain, ".")
	last := labels[len(labels)-1]

	return len(labels) > 1 && !slices.ContainsFunc(labels, func(label string) bool { return !isLabel(label) }) &&
		isTopLevel(last) && !slices.Contains(noDomains(), strings.ToLower(last))
}

func notInLocal(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune(`"(),:;<>@[\]`, r) || notInAddress(r)
}

// isLabel reports whether a text can be a part of a domain: letters, digits, and hyphens between them.
func isLabel(label string) bool {
	return label != "" && atMost(label, maxLabel) && label[0] != '-' && label[len(label)-1] != '-' &&
		!strings.ContainsFunc(label, func(r rune) bool { return r != '-' && !isLetter(r) && (r < '0' || r > '9') })
}

// isTopLevel reports whether a label can be the last of a domain: none of them begins with a digit or has one character.
func isTopLevel(label string) bool {
	letters := []rune(label)

	return len(letters) > 1 && isLetter(letters[0])
}

// isLetter is true of every character beyond ASCII that an address can have.
func isLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > unicode.MaxASCII && !notInAddress(r)
}

// notInAddress reports whether a character beyond ASCII is a control character, a blank, a sign of punctuation, an accent of its
// own, or not seen at all. The pattern of the schema has the same ranges.
func notInAddress(r rune) bool {
	return unicode.Is(&unicode.RangeTable{
		R16: []unicode.Range16{
			{Lo: 0x0080, Hi: 0x00bf, Stride: 1},
			{Lo: 0x0300, Hi: 0x036f, Stride: 1},
			{Lo: 0x061c, Hi: 0x061c, Stride: 1},
			{Lo: 0x115f, Hi: 0x1160, Stride: 1},
			{Lo: 0x1680, Hi: 0x1680, Stride: 1},
			{Lo: 0x17b4, Hi: 0x17b5, Stride: 1},
			{Lo: 0x180b, Hi: 0x180f, Stride: 1},
			{Lo: 0x2000, Hi: 0x206f, Stride: 1},
			{Lo: 0x3000, Hi: 0x3003, Stride: 1},
			{Lo: 0x3164, Hi: 0x3164, Stride: 1},
			{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1},
			{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
			{Lo: 0xff00, Hi: 0xff0f, Stride: 1},
			{Lo: 0xff1a, Hi: 0xff20, Stride: 1},
			{Lo: 0xffa0, Hi: 0xffa0, Stride: 1},
			{Lo: 0xfff0, Hi: 0xffff, Stride: 1},
		},
		R32: []unicode.Range32{{Lo: 0xe0000, Hi: 0xe0fff, Stride: 1}},
	}, r)
}
