package convert

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/pkg/pan"
)

// split takes a value apart into groups of digits and what separates each two of them: one of the separators,
// which may have blanks beside it, or blanks alone, given as ' '. It says false where there is anything else.
func split(value, separators string) (groups []string, between []rune, ok bool) {
	for rest := dashed(value); ; {
		group := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
		if group == "" {
			return nil, nil, false
		}

		groups, rest = append(groups, group), rest[len(group):]
		if rest == "" {
			return groups, between, true
		}

		behind := strings.TrimLeftFunc(rest, blank)
		separator, size := utf8.DecodeRuneInString(behind)

		switch {
		case behind != "" && strings.ContainsRune(separators, separator):
			behind = strings.TrimLeftFunc(behind[size:], blank)
		case len(behind) < len(rest):
			separator = ' '
		default:
			return nil, nil, false
		}

		between, rest = append(between, separator), behind
	}
}

func blank(r rune) bool { return r == '\t' || unicode.Is(unicode.Zs, r) }

// dashed makes a hyphen of every dash that word processors put in its place.
func dashed(value string) string {
	return strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2212", "-").Replace(value)
}

// groupedDigits drops what people put between groups of digits. What is left is the column's own rule to judge.
func groupedDigits(value string) ([]string, bool) {
	groups, between, ok := split(value, "-.")

	if !ok || decimal(groups, between) || fraction(groups, between) || severalNumbers(groups, between) {
		return nil, false
	}

	return []string{strings.Join(groups, "")}, true
}

// decimal reports whether a number is one with a dot and decimals as far as anybody can tell, as 15112345.678 and
// 1.5112345678: a single dot groups digits only behind a first zero, which numbers do not have, or with other separators
// beside it.
func decimal(groups []string, between []rune) bool {
	return len(between) == 1 && between[0] == '.' && (groups[0] == "0" || groups[0][0] != '0')
}

// fraction reports whether the dot in front of the last group is a decimal point, as in 15112345000.0: without
// it, the number would be another.
func fraction(groups []string, between []rune) bool {
	const shortest = 3 // group that one dot alone can separate

	last := len(between) - 1
	if last < 0 || between[last] != '.' {
		return false
	}

	tail, before := groups[last+1], groups[last]
	zeros := strings.Trim(tail, "0") == ""

	if last > 0 && between[last-1] == '.' { // one of several dots, as in 06.12.34.56.00
		return len(tail) == 1 || zeros && len(tail) != len(before)
	}

	return len(tail) < shortest || zeros
}

// severalNumbers reports whether what has as many digits as a card number is one and something else, such as the
// card's sequence number or expiry.
func severalNumbers(groups []string, between []rune) bool {
	const card = 13 // digits of the shortest card number

	whole := strings.Join(groups, "")
	if len(groups) == 1 || len(whole) < pan.MinLength {
		return false
	}

	at := 0

	for i, group := range groups {
		if len(group) >= card || i > 1 && between[i-1] != between[0] {
			return true
		}

		if isCard(whole[:at]) || at > 0 && isCard(whole[at:]) {
			return true
		}

		at += len(group)
	}

	return false
}

func isCard(number string) bool { return len(number) >= pan.MinLength && pan.Luhn(number) }

// Decimals says what is wrong with a number that an export has written as a floating point number, "" of anything else.
func Decimals(value string) string {
	whole, decimals, found := strings.Cut(strings.Replace(value, ",", ".", 1), ".")
	if !found || !digits(whole) || !digits(decimals) {
		return ""
	}

	return "is a number with decimals, as of a column that was exported as floating point; export the column as text"
}

func whyNotDigits(value string) string {
	if reason := Decimals(value); reason != "" {
		return reason
	}

	groups, between, ok := split(value, "-.")

	switch {
	case !ok:
		return ""
	case fraction(groups, between):
		return "ends in decimals, which are no group of digits; export the column as text"
	default:
		return "is a card number and something else beside it; write one number, without anything between its digits"
	}
}
