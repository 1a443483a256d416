package pan

import "strings"

// brand is a range of the first digits of card numbers, and the lengths that numbers of the range have.
type brand struct {
	low, high string // first digits, of the same length
	lengths   string // one letter a length, a for 13 to g for 19
}

const (
	visaLengths    = "adfg"
	fromThirteen   = "abcdefg"
	fromFourteen   = "bcdefg"
	fromSixteen    = "defg"
	onlyFifteen    = "c"
	onlySixteen    = "d"
	sixteenOrNines = "dg"
)

// brandOf reports whether digits begin, and are as long, as the numbers of some brand. UATP (1, 15 digits) is left out:
// timestamps and counters begin with a one, and its cards are accounts of companies with airlines.
func brandOf(digits string) bool {
	for _, b := range [...]brand{
		{"4", "4", visaLengths},
		{"51", "55", onlySixteen},        // Mastercard
		{"2221", "2720", onlySixteen},    // Mastercard
		{"50", "50", fromThirteen},       // Maestro, Verve, Elo, RuPay
		{"56", "59", fromThirteen},       // Maestro
		{"6", "6", fromThirteen},         // Maestro, Discover, UnionPay, RuPay, Hipercard
		{"34", "34", onlyFifteen},        // American Express
		{"37", "37", onlyFifteen},        // American Express
		{"300", "305", fromFourteen},     // Diners Club
		{"3095", "3095", fromFourteen},   // Diners Club
		{"36", "36", fromFourteen},       // Diners Club
		{"38", "39", fromFourteen},       // Diners Club
		{"3528", "3589", fromSixteen},    // JCB, RuPay
		{"1800", "1800", onlyFifteen},    // JCB
		{"2131", "2131", onlyFifteen},    // JCB
		{"2200", "2205", fromSixteen},    // Mir, Borica
		{"81", "82", fromSixteen},        // UnionPay, RuPay
		{"8600", "8600", onlySixteen},    // Uzcard
		{"9860", "9860", onlySixteen},    // Humo
		{"9792", "9792", onlySixteen},    // Troy
		{"9704", "9704", sixteenOrNines}, // Napas
	} {
		if b.holds(digits) {
			return true
		}
	}

	return false
}

func (b brand) holds(digits string) bool {
	if len(digits) < shortest || len(digits) > longest {
		return false
	}

	const letters = "abcdefg"

	first, length := digits[:len(b.low)], letters[len(digits)-shortest]

	return first >= b.low && first <= b.high && strings.IndexByte(b.lengths, length) >= 0
}
