package convert

import (
	_ "embed" // the list of calling codes
	"slices"
	"strings"
	"sync"
)

// callingCodes are those that ITU-T E.164 assigns to countries, areas and
// services. None is the begin of another, so a number needs no blank behind it.
//
//go:embed calling-codes.txt
var callingCodes string

// maxDigits of a number, calling code included (ITU-T E.164).
const maxDigits = 15

// assigned are the calling codes as a set.
//
//nolint:gochecknoglobals // a constant that Go cannot write as such
var assigned = sync.OnceValue(func() map[string]bool {
	codes := map[string]bool{}
	for code := range strings.FieldsSeq(callingCodes) {
		codes[code] = true
	}

	return codes
})

// IsCallingCode reports whether a calling code is assigned.
func IsCallingCode(code string) bool { return assigned()[code] }

// phone splits +49 151 2345678, or 0049 and so on, into 49 and 1512345678.
func phone(value string) ([]string, bool) {
	rest, ok := international(value)
	if !ok {
		return nil, false
	}

	rest, ok = withoutTrunk(rest)
	if !ok {
		return nil, false
	}

	rest, ok = withoutBrackets(rest)
	if !ok {
		return nil, false
	}

	groups, between, ok := split(rest, "-/.")
	number := strings.Join(groups, "")

	if !ok || len(number) > maxDigits || decimals(groups, between) || severalPhones(groups, between) {
		return nil, false
	}

	for length := 1; length <= 3 && length < len(number); length++ {
		if IsCallingCode(number[:length]) {
			return []string{number[:length], number[length:]}, true
		}
	}

	return nil, false
}

// international takes off what says that the calling code follows.
func international(value string) (string, bool) {
	value = strings.TrimLeft(value, "'’")

	rest, ok := strings.CutPrefix(value, "+")
	if !ok {
		rest, ok = strings.CutPrefix(value, "00")
	}

	return strings.TrimLeftFunc(rest, blank), ok
}

const trunk = "(0)"

// withoutTrunk leaves out the digit that is dialed only inside the country: +49 (0)151. Where it belongs to the
// number from everywhere it cannot be told whether it was meant.
func withoutTrunk(rest string) (string, bool) {
	code, number, found := strings.Cut(rest, trunk)
	if !found {
		return rest, true
	}

	code = strings.TrimRightFunc(code, blank)

	return code + " " + strings.TrimLeftFunc(number, blank), IsCallingCode(code) && !keepsZero(code)
}

// keepsZero reports whether numbers of a calling code begin with a zero from abroad too: Italy, San Marino, the Vatican, Gabon,
// the Congo, Ivory Coast.
func keepsZero(code string) bool {
	return slices.Contains([]string{"39", "378", "379", "241", "242", "225"}, code)
}

// withoutBrackets takes off those around the area code: +1 (555) 555-0100.
func withoutBrackets(rest string) (string, bool) {
	before, behind, found := strings.Cut(rest, "(")
	if !found {
		return rest, true
	}

	area, number, closed := strings.Cut(behind, ")")

	return before + " " + area + " " + strings.TrimLeft(number, "-/."), closed && digits(area)
}

// decimals reports whether a number ends in decimals. A single dot stands behind the calling code, as registries of domains
// write numbers, or belongs to a number that is none of a phone: 4915112345678.125.
func decimals(groups []string, between []rune) bool {
	return fraction(groups, between) || decimal(groups, between) && !IsCallingCode(groups[0])
}

// severalPhones reports whether a slash separates two numbers, or a number from another ending of it, and not an area code.
func severalPhones(groups []string, between []rune) bool {
	const (
		shortest = 3 // digits behind an area code
		longest  = 8 // digits of a calling code and an area code
	)

	at := slices.Index(between, '/')
	if at < 0 {
		return false
	}

	return slices.Contains(between[at+1:], '/') || len(strings.Join(groups[at+1:], "")) < shortest ||
		len(strings.Join(groups[:at+1], "")) > longest
}

func whyNotPhone(value string) string {
	rest, ok := international(value)
	if !ok {
		return Decimals(value)
	}

	if code, _, found := strings.Cut(rest, trunk); found && keepsZero(strings.TrimRightFunc(code, blank)) {
		return "has (0) behind a calling code whose numbers may begin with a zero; write the number as it is dialed from abroad"
	}

	if groups, between, plain := split(rest, "-/."); plain && decimals(groups, between) {
		return "ends in decimals, as of a column that was exported as floating point; export the column as text"
	}

	return ""
}
