package mastercard

import (
	"fmt"
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// naming is which card an answer names.
type naming int

const (
	noCard      naming = iota // none, as far as can be told: a BIN is shared by many
	thisCard                  // the one of the request
	anotherCard               // another, so the answer belongs to another request
)

// lastDigits is how many digits panLastFour has.
const lastDigits = 4

// compare looks which card an answer names, by the beginning and the end of its
// number. Masked digits count for nothing. Without a number in the request there is
// nothing to compare with: any number counts as the request's.
func compare(card MaskedCard, number pan.Number) naming {
	bin, last := leadingDigits(card.PanBin), digitsOf(card.PanLastFour)
	if len(last) != lastDigits {
		last = ""
	}

	digits := number.Reveal() //nolint:forbidigo // to compare it with what the API says of it

	switch {
	case digits != "" && (!strings.HasPrefix(digits, bin) || !strings.HasSuffix(digits, last)):
		return anotherCard
	case last == "":
		return noCard
	default:
		return thisCard
	}
}

// leadingDigits returns the digits before anything else: "520473******" is a BIN as well.
func leadingDigits(text string) string {
	text = strings.TrimSpace(text)

	return text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
}

// digitsOf returns a text that is all digits, but for what masks others before them.
func digitsOf(text string) string {
	text = strings.TrimLeft(strings.TrimSpace(text), "*xX. -")
	if !allDigits(text) {
		return ""
	}

	return text
}

func otherCard(status int, card MaskedCard) finding {
	return unrecognized(status, DetailOtherCard, fmt.Sprintf(
		"the answer is about another card: its panBin is %.8q and its panLastFour %.4q", card.PanBin, card.PanLastFour))
}
