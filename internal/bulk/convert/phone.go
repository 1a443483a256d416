package convert

import (
	_ "embed" // the list of calling codes
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
	between := strings.NewReplacer(" ", "", "\u00a0", "", "-", "", "/", "", ".", "", "(0)", "", "(", "", ")", "")

	number, ok := strings.CutPrefix(between.Replace(value), "+")
	if !ok {
		number, ok = strings.CutPrefix(number, "00")
	}

	if !ok || !digits(number) || len(number) > maxDigits {
		return nil, false
	}

	for length := 1; length <= 3 && length < len(number); length++ {
		if IsCallingCode(number[:length]) {
			return []string{number[:length], number[length:]}, true
		}
	}

	return nil, false
}
