package pan

// LooksLikeCard reports whether text holds a run of digits that, taken whole,
// is a 16-digit number of a Mastercard or Maestro range with a right check
// digit. It is stricter than Contains: to refuse somebody's own key because it
// holds a card number, one should be fairly sure.
func LooksLikeCard(text string) bool {
	for _, run := range runs(text) {
		digits := make([]byte, len(run))
		for i, at := range run {
			digits[i] = text[at]
		}

		if len(digits) == usual && Luhn(string(digits)) && mastercardRange(string(digits)) {
			return true
		}
	}

	return false
}

// mastercardRange reports whether the number is of a Mastercard (51-55, 2221-2720) or a Maestro (50, 56-69) range.
func mastercardRange(digits string) bool {
	switch {
	case digits[0] == '5', digits[0] == '6':
		return true
	default:
		return digits[:4] >= "2221" && digits[:4] <= "2720"
	}
}
