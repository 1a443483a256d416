package mastercard

import (
	"bytes"
	"encoding/json"
	"errors"

	"enroll.example/clicktopay/pkg/pan"
)

// A success is what an answer holds that is what was asked for.
type success struct {
	card            *MaskedCard
	pushAccountData string
	correlationID   string
}

// successIn reports whether a 2xx answer is what was asked for, and what it holds:
// for a card that is enrolled or read, at least its id.
func successIn(this call, result exchange) (success, bool) {
	if result.status/100 != 2 || result.broken != nil {
		return success{}, false
	}
	if this.operation == OperationUnenroll && len(bytes.TrimSpace(result.body)) == 0 {
		return success{}, true
	}

	var answer EnrollCardResponse // the other operations answer with parts of it
	if !decodeLeniently(result.body, &answer) {
		return success{}, false
	}

	held := success{correlationID: identifierWithout(this.number, answer.SrcCorrelationID)}

	if this.operation == OperationUnenroll {
		return held, findings(result.status, result.header, result.body, false)[0].Detail == DetailNoError
	}
	if identifierWithout(this.number, answer.MaskedCard.SrcDigitalCardID) == "" {
		return held, false
	}

	held.card = keep(answer.MaskedCard, this.number)
	if tokenForm.MatchString(answer.EncryptedPushAccountData) {
		held.pushAccountData = answer.EncryptedPushAccountData
	}

	return held, true
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
