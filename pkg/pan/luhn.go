package pan

// Luhn reports whether digits, which must be ASCII digits only, ends in the
// right check digit (ISO/IEC 7812-1, annex B). The empty string does not.
func Luhn(digits string) bool {
	return digits != "" && allDigits(digits) && luhnSum(digits, false)%10 == 0
}

// CheckDigit returns the digit that makes partial pass the Luhn check when appended.
func CheckDigit(partial string) byte {
	return byte('0' + (10-luhnSum(partial, true)%10)%10)
}

// luhnSum doubles every second digit from the right: from the last one when a
// check digit is still to follow, else from the last but one.
func luhnSum(digits string, double bool) int {
	sum := 0

	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}

		sum += d
		double = !double
	}

	return sum
}
