package pan

import "unicode"

// digitOf returns the value of a digit of any script: decimal digits, and those that are written small or in a circle.
func digitOf(r rune) (value byte, found bool) {
	switch {
	case r >= '0' && r <= '9':
		return nth(r, '0'), true
	case r <= unicode.MaxASCII:
		return 0, false
	}

	if value, found = decimal(r); found {
		return value, true
	}

	return styled(r)
}

// nth is how far a rune is behind the zero of its set, or of the first of several sets that follow each other.
func nth(r, zero rune) byte { return "0123456789"[(r-zero)%10] - '0' }

// decimal knows the digits of Unicode's category Nd. Each of its ranges holds whole sets of ten, from zero to nine.
func decimal(r rune) (value byte, found bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}

	zero := r
	for unicode.Is(unicode.Nd, zero-1) && r-zero < longestRange {
		zero--
	}

	return nth(r, zero), true
}

// longestRange is that of the mathematical digits, five sets.
const longestRange = 50

// styled knows digits that are no decimal digits to Unicode and are read as such: superscripts, subscripts, circled ones.
func styled(r rune) (value byte, found bool) {
	switch {
	case r == '\u00b9':
		return 1, true
	case r == '\u00b2', r == '\u00b3':
		return nth(r, '\u00b0'), true
	case r == '\u2070', r >= '\u2074' && r <= '\u2079':
		return nth(r, '\u2070'), true
	case r >= '\u2080' && r <= '\u2089':
		return nth(r, '\u2080'), true
	case r >= '\u2460' && r <= '\u2468': // circled, from one
		return nth(r, '\u245f'), true
	case r == '\u24ea', r == '\u24ff': // circled zeros
		return 0, true
	case r >= '\u2776' && r <= '\u277e', r >= '\u2780' && r <= '\u2788', r >= '\u278a' && r <= '\u2792': // circled dingbats
		return nth(r, '\u2775'), true
	default:
		return 0, false
	}
}
