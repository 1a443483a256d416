package mastercard

import (
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
	consumerID      string
	pushAccountData string
	correlationID   string
	batch           batchHeld

	// What Token Connect answers.
	requestors []TokenRequestor
	contents   []MediaContent
	push       *PushAnswer
}

// enrollSuccess reads the answer to an enrollment, or to the question for one card.
func enrollSuccess(way *plan, this *call, result exchange) success {
	root, ok := parseAnswer(result.body)
	if !ok {
		return success{}
	}

	held := success{correlationID: identifierWithout(this.number, way.answer.text(root, "correlation.id"))}
	card := way.answer.card(root)
	named := compare(card, this.number)

	switch usable := identifierWithout(this.number, card.SrcDigitalCardID) != ""; {
	case named == anotherCard:
		held.found = []finding{otherCard(result.status, card)}

		return held
	case !usable && (named != thisCard || this.operation != OperationEnroll), reportsErrors(root):
		return held
	}

	held.fulfilled = true
	held.card = withoutNumber(card, this.number)
	held.consumerID = identifierWithout(this.number, way.answer.text(root, "consumer.id"))

	if data := way.answer.text(root, "push.data"); tokenForm.MatchString(data) {
		held.pushAccountData = data
	}

	return held
}

// readSuccess reads the answer to the question for one card: it has to be about that card.
func readSuccess(way *plan, this *call, result exchange) success {
	held := enrollSuccess(way, this, result)
	if held.card == nil || sameID(held.card.SrcDigitalCardID, this.values.cardID) {
		return held
	}

	return success{found: []finding{otherThing(result.status, DetailOtherCard, "card")}}
}

// sameID reports whether an answer is about what was asked for, as far as both are named.
func sameID(given, asked string) bool { return given == "" || asked == "" || given == asked }

func otherThing(status int, detail, what string) finding {
	return unrecognized(status, detail, "the answer is about another "+what+" than the one asked for")
}

// card is what an answer says of a card.
func (p *answerPlan) card(root map[string]any) MaskedCard {
	text := func(target string) string { return p.text(root, target) }

	var events []string

	list, _ := p.value(root, "card.pending_events").([]any)
	for _, item := range list {
		if event, ok := item.(string); ok {
			events = append(events, event)
		}
	}

	return MaskedCard{
		SrcDigitalCardID:        text("card.id"),
		TokenUniqueReference:    text("card.token_reference"),
		PaymentAccountReference: text("card.account_reference"),
		PanBin:                  text("card.first_digits"),
		PanLastFour:             text("card.last_digits"),
		PanExpirationMonth:      text("card.expiry_month"),
		PanExpirationYear:       text("card.expiry_year"),
		PaymentCardDescriptor:   text("card.descriptor"),
		PaymentCardType:         text("card.type"),
		CountryCode:             text("card.country"),
		DateOfCardCreated:       text("card.created"),
		DateOfCardLastUsed:      text("card.last_used"),
		DigitalCardData:         DigitalCardData{Status: text("card.status"), PendingEvents: events},
	}
}

// unenrollSuccess reads the answer to a removal, which may have no body.
func unenrollSuccess(way *plan, this *call, result exchange) success {
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

// updateSuccess reads the answer to a change, which says what there is now, or confirms it by an id, or has no body.
func updateSuccess(way *plan, this *call, result exchange) success {
	if result.status == http.StatusNoContent {
		return success{fulfilled: true}
	}

	root, ok := parseAnswer(result.body)
	if !ok {
		return success{}
	}

	correlation, card, consumer := way.answer.text(root, "correlation.id"), way.answer.text(root, "card.id"),
		way.answer.text(root, "consumer.id")

	switch {
	case !sameID(card, this.values.cardID):
		return success{found: []finding{otherThing(result.status, DetailOtherCard, "card")}}
	case !sameID(consumer, this.values.consumerID):
		return success{found: []finding{otherThing(result.status, DetailOtherConsumer, "consumer")}}
	}

	return success{
		correlationID: identifier(correlation),
		fulfilled: way.answer.complete(root) && correlation+card+consumer != "" && !reportsErrors(root) &&
			findings(result)[0].Detail == DetailNoError,
	}
}

func fulfilled() []finding {
	return []finding{{Failure: Failure{Source: SourceService, Reason: reasonOK}}}
}

// withoutNumber returns what of a card is worth keeping, without what the consumer or the
// issuer's artwork bring along, and with nothing in it that could be a PAN.
func withoutNumber(card MaskedCard, number pan.Number) *MaskedCard {
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
