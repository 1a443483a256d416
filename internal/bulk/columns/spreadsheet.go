package columns

import (
	"slices"
	"strings"
)

// destroyedNumber is the rule of a number of which a spreadsheet has kept some digits only.
const destroyedNumber = "the number was destroyed by the spreadsheet; export the column as text"

// hidden is the rule of a number that a spreadsheet has not shown, as its column was too narrow.
const hidden = "the spreadsheet has written ##### for a number, as the column was too narrow; make it wider, or export it as text"

// destroyed reports whether a spreadsheet has written a number with many digits as one such as
// 5,20473E+15. In a column of digits every such form is one; elsewhere only the form that spreadsheets write.
func (in FileColumn) destroyed(value string) bool {
	value = strings.TrimLeft(value, "'’+-=")
	if value == "" || value[0] < '0' || value[0] > '9' || !strings.ContainsAny(value, "eE^") { // nearly all
		return false
	}

	value = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "x10^", "E", "*10^", "E", "·10^", "E").Replace(value)
	whole, decimals, power := exponential(value)

	switch {
	case whole == "":
		return false
	case in.holdsPAN() || slices.Contains(in.feeds, columnPhoneNumber):
		return true
	default:
		return len(whole) == 1 && decimals != "" && power[0] == '+' && len(power) == len("+15")
	}
}

// exponential takes a number with an exponent apart, such as 5,20473E+15. All is empty where it is none.
func exponential(value string) (whole, decimals, power string) {
	at := strings.IndexAny(value, "eE")
	if at < 0 {
		return "", "", ""
	}

	const longest = 20

	mantissa, exponent := value[:at], value[at+1:]
	whole, decimals, _ = strings.Cut(strings.ReplaceAll(mantissa, ",", "."), ".")
	digitsOnly := strings.TrimLeft(exponent, "+-")

	if !digits(1, longest)(whole) || decimals != "" && !digits(1, longest)(decimals) || !digits(1, 3)(digitsOnly) ||
		len(exponent)-len(digitsOnly) > 1 {
		return "", "", ""
	}

	return whole, decimals, exponent
}

// decimalsOfExponent reports whether a value is what stands behind the comma of 5,20473E+15.
func decimalsOfExponent(value string) bool {
	whole, decimals, power := exponential(Cleaned(value))

	return whole != "" && decimals == "" && power[0] == '+'
}

// notShown reports whether a value is ##### in place of a number.
func notShown(value string) bool { return len(value) >= len("###") && strings.Trim(value, "#") == "" }
