package bulk

import (
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/spelling"
)

// isSecurityCode reports whether a column's name means the card's security
// code. It may be generous: a column that is not known is refused in any case,
// and this only decides what its owner is told.
func isSecurityCode(name string) bool {
	name = spelling.Fold(name)
	if name == "cid" || name == "csc" {
		return true
	}

	for _, part := range []string{
		"cvc", "cvv", "cvn", "cav2", "securitycode", "verificationcode", "verificationvalue",
		"prufnummer", "pruefnummer", "kartenprufziffer", "kartenpruefziffer", "sicherheitscode",
		"cryptogramme", "codedesecurite", "codigodeseguridad", "codicedisicurezza", "kodbezpieczenstwa",
	} {
		if strings.Contains(name, part) {
			return true
		}
	}

	return false
}

// securityCode reports whether a column, or any part of a member's path, means the card's security code.
func securityCode(name string) bool {
	return slices.ContainsFunc(records.Member{Path: name}.Names(), isSecurityCode)
}
