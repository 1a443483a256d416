package jobs

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	securityCode   = "security code"
	pinOfCard      = "PIN"
	magneticStripe = "magnetic stripe"
)

// SensitiveName says what a member or a column of a name holds, when that is sensitive authentication data: the card's security
// code, its PIN or its magnetic stripe, in any spelling. Who names something else so has to name it otherwise.
func SensitiveName(name string) (what string, found bool) { return sensitiveName(name) }

func sensitiveName(name string) (what string, found bool) {
	folded := folded(name)
	if what, found = sensitiveWord(folded); found {
		return what, true
	}

	if last := strings.LastIndexAny(name, "./:"); last >= 0 { // a path, as card.cid
		if what, found = sensitiveName(name[last+1:]); found {
			return what, true
		}
	}

	for _, part := range [...]string{
		"cvc", "cvv", "cvn", "cav2", "securitycode", "verificationcode", "verificationvalue", "cardsecurity", "cardverification",
		"cardvalidation",
		"prufnummer", "pruefnummer", "kartenprufziffer", "kartenpruefziffer", "sicherheitscode", "cryptogramme", "codedesecurite",
		"codigodeseguridad", "codicedisicurezza", "kodbezpieczenstwa",
	} {
		if strings.Contains(folded, part) {
			return securityCode, true
		}
	}

	for _, part := range [...]string{
		"track1", "track2", "track3", "trackdata", "trackone", "tracktwo", "magstrip", "magneticstrip",
	} {
		if strings.Contains(folded, part) {
			return magneticStripe, true
		}
	}

	if strings.Contains(folded, "pinblock") || strings.Contains(folded, "pin") && slices.Contains(wordsInName(name), "pin") {
		return pinOfCard, true
	}

	return "", false
}

// sensitiveWord knows names that stand for nothing else when they stand alone, folded.
func sensitiveWord(folded string) (what string, found bool) {
	switch folded {
	case "cvc", "cvc1", "cvc2", "cvc3", "cvv", "cvv1", "cvv2", "cvv3", "icvv", "dcvv", "cvn", "cvn1", "cvn2", "cav", "cav2",
		"cvd", "cvd2", "cve", "cve2", "cvx2", "cid", "csc", "cardcode", "4dbc", "cardsecuritycode",
		"securitycode", "cardverificationcode", "cardverificationvalue", "verificationcode", "verificationvalue",
		"sensitiveauthenticationdata":
		return securityCode, true
	case "pin", "pins", "cardpin", "pincode", "pinnumber", "pinblock", "encryptedpin", "encryptedpinblock", "pvv", "pinoffset":
		return pinOfCard, true
	case "track", "tracks", "track1", "track2", "track3", "track1data", "track2data", "track3data", "trackdata", "magstripe",
		"magneticstripe", "swipedata", "msrdata":
		return magneticStripe, true
	default:
		return "", false
	}
}

// folded leaves the letters and digits of a name, in lower case, without accents and in their plain width. It is cheap for the
// names of every job.
func folded(name string) string {
	plain := true

	for i := range len(name) {
		plain = plain && (name[i] >= 'a' && name[i] <= 'z' || name[i] >= '0' && name[i] <= '9')
	}

	if plain {
		return name
	}

	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}

		return r
	}, strings.ToLower(norm.NFKD.String(name)))
}

// wordsInName splits cardPin, card_pin and PINData into words in lower case.
func wordsInName(name string) []string {
	var words []string

	runes := []rune(norm.NFKD.String(name))
	start := 0

	for i := range len(runes) + 1 {
		if i < len(runes) && unicode.IsLetter(runes[i]) && !beginsWord(runes, start, i) {
			continue
		}

		if i > start {
			words = append(words, strings.ToLower(string(runes[start:i])))
		}

		start = i
		if i < len(runes) && !unicode.IsLetter(runes[i]) {
			start++
		}
	}

	return words
}

// beginsWord: a capital behind a small letter, and the last of several capitals before a small letter.
func beginsWord(runes []rune, start, i int) bool {
	if i == start || !unicode.IsUpper(runes[i]) {
		return false
	}

	return unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
