package bulk

import "strings"

// isSecurityCode reports whether a column's name means the card's security
// code. It may be generous: a column that is not known is refused in any case,
// and this only decides what its owner is told.
func isSecurityCode(name string) bool {
	name = lettersAndDigits(name)
	if name == "cid" || name == "csc" {
		return true
	}

	for _, part := range []string{"cvc", "cvv", "cvn", "cav2", "securitycode", "verificationcode", "verificationvalue"} {
		if strings.Contains(name, part) {
			return true
		}
	}

	return false
}

func lettersAndDigits(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}

		return -1
	}, strings.ToLower(name))
}
