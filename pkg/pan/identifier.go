package pan

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// identifierForm is how what is no card is written, and what else tells it from one. Its first group is what is looked at.
type identifierForm struct {
	pattern *regexp.Regexp
	is      func(text string) bool
}

// identifierForms are those of ids that hold the digits of a card by chance.
//
//nolint:gochecknoglobals // constants that Go cannot write as such
var identifierForms = []identifierForm{
	{regexp.MustCompile(`(?i)\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b`), aLetter}, // UUID, GUID
	{regexp.MustCompile(`(?i)\b([0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\b`), aLetter},          // hash, id
	{regexp.MustCompile(`(?i)\b([a-z]{2}[0-9]{2}(?:[ .-]?[0-9a-z]{4}){2,7}(?:[ .-]?[0-9a-z]{1,3})?)\b`), isIBAN},
	{regexp.MustCompile(`\b([0-3]\d[./-][01]\d[./-]\d{4}[ T,-]{1,2}[0-2]\d(?::[0-5]\d){1,2}(?:[.,]\d+)?)\b`), always}, // time
	// Time behind a date. With nine decimals, that of 18:00 and of 21:31 has as many digits as a JCB card, and its prefix.
	{regexp.MustCompile(`\b(\d{4}-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d:[0-6]\d(?:[.,]\d{1,9})?)(?:Z|\b)`), always},
}

// identifiers marks the characters of what is no card by its form.
func identifiers(v view) (marked []bool, found bool) {
	text := strings.ReplaceAll(string(v.runes), "_", ".") // part of a word to a regular expression
	marked = make([]bool, len(v.runes))

	for _, form := range identifierForms {
		for _, at := range form.pattern.FindAllStringSubmatchIndex(text, -1) {
			if form.is(text[at[2]:at[3]]) {
				first := utf8.RuneCountInString(text[:at[2]])
				fill(marked[first : first+utf8.RuneCountInString(text[at[2]:at[3]])])

				found = true
			}
		}
	}

	return marked, found
}

func always(string) bool { return true }

// aLetter: a number of a card that is written as hex digits has no letters. To ask for more of them would refuse one in seven
// hundred ids of 24 digits that has few, and a card number among its digits by chance.
func aLetter(hex string) bool { return strings.ContainsFunc(hex, func(r rune) bool { return r > '9' }) }

// isIBAN reports whether the check digits of an IBAN are right (ISO 7064, mod 97-10).
func isIBAN(text string) bool {
	const country, check, radix, letter, rest = 4, 97, 10, 100, 1

	account := strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "-", "").Replace(text))
	sum := 0

	for _, c := range account[country:] + account[:country] {
		if value := int(c - '0'); c <= '9' {
			sum = (sum*radix + value) % check
		} else {
			sum = (sum*letter + int(c-'A') + radix) % check
		}
	}

	return sum == rest
}
