// Package spelling makes the spellings of a name the same, and tells how far two words are apart.
package spelling

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold leaves the letters and digits of a name, in lower case and without
// accents: what stands between words does not count.
func Fold(name string) string {
	var b strings.Builder

	for _, r := range norm.NFD.String(strings.NewReplacer("ß", "ss", "&", "and").Replace(strings.ToLower(name))) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}

	return b.String()
}
