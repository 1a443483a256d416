package columns

import (
	"slices"

	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/jobs"
)

// Sensitive says what a column, or any part of a member's path, holds, when that must never be stored: the card's security code,
// its PIN or its magnetic stripe. Rejects files copy every column, those that a mapping ignores as well.
func Sensitive(name string, m mapping.Mapping) (what string, found bool) {
	for _, part := range (records.Member{Path: name}).Names() {
		if what, found = jobs.SensitiveName(part); found {
			return what, what != pinOfCard || !isPostal(name, m)
		}
	}

	return "", false
}

// pinOfCard is how jobs.SensitiveName calls it.
const pinOfCard = "PIN"

// isPostal reports whether the mapping says that a column is a postal code, which India calls a PIN.
func isPostal(name string, m mapping.Mapping) bool {
	return slices.ContainsFunc(m.Columns, func(c mapping.Column) bool {
		return c.From == name && slices.Equal(c.To, []string{"zip"})
	})
}
