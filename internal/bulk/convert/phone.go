package convert

import (
	_ "embed" // the list of calling codes
	"strings"
)

// callingCodes are those that ITU-T E.164 assigns to countries, areas and
// services. None is the begin of another, so a number needs no blank behind it.
//
//go:embed calling-codes.txt
var callingCodes string

// maxDigits of a number, calling code included (ITU-T E.164).
const maxDigits = 15

// CallingCodes returns the calling codes that are assigned.
func CallingCodes() map[string]bool {
	codes := map[string]bool{}
	for code := range strings.FieldsSeq(callingCodes) {
		codes[code] = true
	}

	return codes
}

// phone splits +49 151 2345678, or 0049 and so on, into 49 and 1512345678.
func phone() Func {
	codes := CallingCodes()
	between := strings.NewReplacer(" ", "", "\u00a0", "", "-", "", "/", "", ".", "", "(0)", "", "(", "", ")", "")

	return func(value string) ([]string, bool) {
		number, ok := strings.CutPrefix(between.Replace(value), "+")
		if !ok {
			number, ok = strings.CutPrefix(number, "00")
		}

		if !ok || !digits(number) || len(number) > maxDigits {
			return nil, false
		}

		for length := 1; length <= 3 && length < len(number); length++ {
			if codes[number[:length]] {
				return []string{number[:length], number[length:]}, true
			}
		}

		return nil, false
	}
}
