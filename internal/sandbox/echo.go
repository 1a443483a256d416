package sandbox

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// repeatedNumber refuses a card in words that repeat its number, in forms that a search for digits does not find, and its
// consumer.
func repeatedNumber(digits string, consumer object) *reply {
	text := "The PAN is ineligible: " + strings.Join(echoes(digits), "; ")

	identity := cmp.Or(consumer.object("consumerIdentity").text("identityValue"), consumer.text("emailAddress"))
	if identity != "" {
		text = "The PAN of " + identity + " is ineligible: " + strings.Join(echoes(digits), "; ")
	}

	return invalidCard("PAN_INELIGIBLE", text)
}

// echoes are forms in which APIs and the proxies before them send back what they got.
func echoes(digits string) []string {
	const group = 4

	script := func(zero rune) string {
		return strings.Map(func(r rune) rune { return zero + r - '0' }, digits)
	}
	between := func(separator string) string {
		var groups []string
		for rest := digits; rest != ""; rest = rest[min(group, len(rest)):] {
			groups = append(groups, rest[:min(group, len(rest))])
		}

		return strings.Join(groups, separator)
	}

	var entities strings.Builder
	for i := range len(digits) {
		fmt.Fprintf(&entities, "&#%d;", digits[i])
	}

	return []string{
		script('０'), script('٠'), between("&nbsp;"), between("%20"), between("\u00a0"), entities.String(),
		base64.StdEncoding.EncodeToString([]byte(digits)), base64.RawURLEncoding.EncodeToString([]byte("=" + digits)),
		hex.EncodeToString([]byte(digits)),
	}
}
