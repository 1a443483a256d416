package mastercard

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/receipt"
)

// Limits, in characters, of what is kept of an answer.
const (
	maxMessage = 500
	maxCode    = 100 // a reason, a detail or a field
)

// lookedAt is how many characters of a text are looked at for each that is kept: a digit can be written in many, as
// &#x00000035; and what is behind them is cut off.
const lookedAt = 32

// clean makes a text from outside fit to be kept and shown: printable, one line,
// nothing in it that could be a PAN or is the number of this *call, in whatever form, at most limit
// characters. White space is joined first, so that it cannot split a number.
func clean(text string, limit int, number pan.Number) string {
	printable := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return ' '
		}

		return r
	}, first(text, limit*lookedAt))
	text = withoutSignatureBase(strings.Join(strings.Fields(printable), " "))

	return shorten(pan.MaskText(number.MaskIn(text)), limit)
}

// ellipsis ends a text that is cut.
const ellipsis = "…"

// signatureBase is where the gateway's text on a refused signature turns to what it has signed itself: the request with its
// nonce and the consumer key. No two of them are alike, so failures could not be counted by their text.
const signatureBase = "acceptable signature base string"

func withoutSignatureBase(text string) string {
	for at := range text {
		end := at + len(signatureBase)
		if end > len(text) {
			break
		}

		if strings.EqualFold(text[at:end], signatureBase) {
			return strings.TrimRight(text[:at], " :")
		}
	}

	return text
}

// first returns at most so many bytes of a text, whole characters.
func first(text string, most int) string {
	if len(text) <= most {
		return text
	}

	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}

	return text[:most]
}

// shorten cuts text so that it has at most limit characters, the mark of the cut included.
func shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}

	count := 0
	for at := range text {
		if count == limit-1 {
			return text[:at] + ellipsis
		}
		count++
	}

	return text
}

// maskedError is an error whose text is fit to be shown: errors of net/http and
// encoding/json can quote what a server sent. It has no Unwrap, because the cause
// would show that text again; errors.Is works all the same.
type maskedError struct {
	text  string
	cause error
}

func (e *maskedError) Error() string { return e.text }

func (e *maskedError) Is(target error) bool { return errors.Is(e.cause, target) }

func maskError(err error) error { return maskErrorOf(err, pan.Number{}) }

func maskErrorOf(err error, number pan.Number) error {
	if err == nil {
		return nil
	}

	return &maskedError{text: clean(err.Error(), maxMessage, number), cause: err}
}

// without returns the failure with nothing in it that could be a number.
func (f Failure) without(number pan.Number) Failure {
	f.Reason = number.MaskIn(f.Reason)
	f.Detail = number.MaskIn(f.Detail)
	f.Field = number.MaskIn(f.Field)
	f.Message = number.MaskIn(f.Message)

	return f
}

// withoutReceipt returns the answer with nothing in it that could be the receipt that was sent.
func (a Answer) withoutReceipt(sent receipt.Receipt) Answer {
	if sent.IsZero() {
		return a
	}

	mask := func(texts ...*string) {
		for _, text := range texts {
			*text = sent.MaskIn(*text)
		}
	}
	drop := func(ids ...*string) {
		for _, id := range ids {
			if sent.MaskIn(*id) != *id {
				*id = ""
			}
		}
	}

	mask(&a.Failure.Reason, &a.Failure.Detail, &a.Failure.Field, &a.Failure.Message, &a.FirstLine)
	drop(&a.SrcCorrelationID, &a.SrcDigitalCardID, &a.SrcConsumerID, &a.TokenUniqueReference, &a.FlowID)

	if a.Card != nil {
		card := *a.Card
		drop(&card.SrcDigitalCardID, &card.TokenUniqueReference, &card.PaymentAccountReference, &card.PaymentCardDescriptor,
			&card.PaymentCardType, &card.DigitalCardData.Status)
		a.Card = &card
	}

	if a.Err != nil && sent.MaskIn(a.Err.Error()) != a.Err.Error() {
		a.Err = &maskedError{text: sent.MaskIn(a.Err.Error()), cause: a.Err}
	}

	return a
}
