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

// styled knows digits that are no decimal digits to Unicode and are read as such: superscripts, subscripts, those in circles and
// brackets or with a dot or a comma, and the numerals of Chinese and Japanese.
func styled(r rune) (value byte, found bool) {
	switch r {
	case '\u00b9':
		return 1, true
	case '\u24ea', '\u24ff', '\u3007', '\u96f6', '\U0001f100', '\U0001f10b', '\U0001f10c':
		return 0, true
	case '\u4e00':
		return 1, true
	case '\u4e8c':
		return 2, true
	case '\u4e09':
		return 3, true
	case '\u56db':
		return 4, true
	case '\u4e94':
		return 5, true
	case '\u516d':
		return 6, true
	case '\u4e03':
		return 7, true
	case '\u516b':
		return 8, true
	case '\u4e5d':
		return 9, true
	}

	for _, set := range [...]struct{ zero, first, last rune }{
		{'\u00b0', '\u00b2', '\u00b3'},             // superscripts
		{'\u2070', '\u2070', '\u2070'},             //
		{'\u2070', '\u2074', '\u2079'},             //
		{'\u2080', '\u2080', '\u2089'},             // subscripts
		{'\u245f', '\u2460', '\u2468'},             // in a circle
		{'\u2473', '\u2474', '\u247c'},             // in brackets
		{'\u2487', '\u2488', '\u2490'},             // with a dot
		{'\u24f4', '\u24f5', '\u24fd'},             // in two circles
		{'\u2775', '\u2776', '\u277e'},             // in a circle, white on black
		{'\u277f', '\u2780', '\u2788'},             // in a circle, without serifs
		{'\u2789', '\u278a', '\u2792'},             // the same, white on black
		{'\U0001f101', '\U0001f101', '\U0001f10a'}, // with a comma
	} {
		if r >= set.first && r <= set.last {
			return nth(r, set.zero), true
		}
	}

	return 0, false
}
