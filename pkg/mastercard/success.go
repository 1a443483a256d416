package mastercard

import (
	"encoding/json"
	"errors"
	"net/http"

	"enroll.example/clicktopay/pkg/pan"
)

// A success is what an answer of status 2xx holds.
type success struct {
	// fulfilled: it is what was asked for. An enrollment may lack an id that can be used, when all else says that this
	// card was enrolled.
	fulfilled bool
	// verdict takes the place of the status's own, where the content decides; "" elsewhere.
	verdict Verdict
	// found says why it is something else; nil for what findings says of it.
	found []finding

	card            *MaskedCard
	pushAccountData string
	correlationID   string
	batch           batchHeld
}

// enrollSuccess reads the answer to an enrollment, or to the question for one card.
func enrollSuccess(_ *plan, this call, result exchange) success {
	var answer answerBody
	if !decodeLeniently(result.body, &answer) {
		return success{}
	}

	held := success{correlationID: identifierWithout(this.number, answer.SrcCorrelationID)}
	named := compare(answer.MaskedCard, this.number)

	switch usable := identifierWithout(this.number, answer.MaskedCard.SrcDigitalCardID) != ""; {
	case named == anotherCard:
		held.found = []finding{otherCard(result.status, answer.MaskedCard)}

		return held
	case !usable && (named != thisCard || this.operation != OperationEnroll), answer.reportsErrors():
		return held
	}

	held.fulfilled = true
	held.card = keep(answer.MaskedCard, this.number)
	if tokenForm.MatchString(answer.EncryptedPushAccountData) {
		held.pushAccountData = answer.EncryptedPushAccountData
	}

	return held
}

// unenrollSuccess reads the answer to a removal, which may have no body.
func unenrollSuccess(way *plan, this call, result exchange) success {
	if result.status == http.StatusNoContent {
		return success{fulfilled: true}
	}

	root, ok := parseAnswer(result.body)
	if !ok {
		return success{}
	}

	given := way.answer.text(root, "correlation.id")

	return success{
		correlationID: identifierWithout(this.number, given),
		fulfilled:     way.answer.complete(root) && given != "" && findings(result)[0].Detail == DetailNoError,
	}
}

func fulfilled() []finding {
	return []finding{{Failure: Failure{Source: SourceService, Reason: reasonOK}}}
}

// answerBody is the answer to an enrollment; the other operations answer with parts of it.
type answerBody struct {
	EnrollCardResponse

	// Either is what an answer has that reports errors; names are matched without regard to case.
	Errors json.RawMessage `json:"errors"`
	Error  json.RawMessage `json:"error"`
}

// reportsErrors reports whether there is an error beside the card: which of the two is true is not for us to guess.
func (a answerBody) reportsErrors() bool {
	var tree any

	for _, list := range []json.RawMessage{a.Errors, a.Error} {
		if json.Unmarshal(list, &tree) == nil && len(errorsIn(map[string]any{"errors": tree})) > 0 {
			return true
		}
	}

	return false
}

// decodeLeniently decodes a JSON object as far as its members have the expected
// types: encoding/json passes over those that have not, and goes on.
func decodeLeniently(body []byte, into any) bool {
	err := json.Unmarshal(body, into)

	var wrongType *json.UnmarshalTypeError

	return err == nil || errors.As(err, &wrongType) && wrongType.Field != ""
}

// keep returns what of a card is worth keeping, without what the consumer or the
// issuer's artwork bring along, and with nothing in it that could be a PAN.
func keep(card MaskedCard, number pan.Number) *MaskedCard {
	kept := func(text string) string { return clean(text, maxCode, number) }

	events := make([]string, 0, len(card.DigitalCardData.PendingEvents))
	for _, event := range card.DigitalCardData.PendingEvents[:min(len(card.DigitalCardData.PendingEvents), 10)] {
		events = append(events, kept(event))
	}

	return &MaskedCard{
		SrcDigitalCardID:        identifierWithout(number, card.SrcDigitalCardID),
		TokenUniqueReference:    identifierWithout(number, card.TokenUniqueReference),
		PaymentAccountReference: identifierWithout(number, card.PaymentAccountReference),
		PanBin:                  kept(card.PanBin),
		PanLastFour:             kept(card.PanLastFour),
		PanExpirationMonth:      kept(card.PanExpirationMonth),
		PanExpirationYear:       kept(card.PanExpirationYear),
		PaymentCardDescriptor:   kept(card.PaymentCardDescriptor),
		PaymentCardType:         kept(card.PaymentCardType),
		CountryCode:             kept(card.CountryCode),
		DateOfCardCreated:       kept(card.DateOfCardCreated),
		DateOfCardLastUsed:      kept(card.DateOfCardLastUsed),
		DigitalCardData: DigitalCardData{
			Status:        kept(card.DigitalCardData.Status),
			PendingEvents: events,
		},
	}
}
