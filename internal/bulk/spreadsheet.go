package bulk

import (
	"slices"
	"strings"
)

// destroyedNumber is the rule of a number of which a spreadsheet has kept some digits only.
const destroyedNumber = "the number was destroyed by the spreadsheet; export the column as text"

// destroyed reports whether a spreadsheet has written a number with many digits as one such as
// 5,20473E+15. In a column of digits every such form is one; elsewhere only the form that spreadsheets write.
func (in input) destroyed(value string) bool {
	at := strings.IndexAny(value, "eE")
	if at <= 0 || at+1 == len(value) {
		return false
	}

	mantissa, exponent := value[:at], value[at+1:]
	whole, fraction, _ := strings.Cut(strings.ReplaceAll(mantissa, ",", "."), ".")
	power := strings.TrimLeft(exponent, "+-")

	if !digits(1, 2)(whole) || fraction != "" && !digits(1, 20)(fraction) || !digits(1, 3)(power) || len(exponent)-len(power) > 1 {
		return false
	}

	ofDigits := in.holdsPAN() || slices.Contains(in.feeds, columnPhoneNumber)

	return ofDigits || len(whole) == 1 && fraction != "" && exponent[0] == '+' && len(power) == 2
}
