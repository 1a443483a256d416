package sandbox

import (
	"context"
	"net/http"
)

// enroll serves POST /cards.
func (s *Sandbox) enroll(ctx context.Context, c call) *reply {
	request, refused := s.contract.bodyOf(ctx, c.request, "/cards", c.body, nil)
	if refused != nil {
		return refused
	}

	if refused := s.authorize(c.client, request.text("srcClientId"), request.text("serviceId")); refused != nil {
		return refused
	}

	return s.enrollAt(request, place{})
}

// enrollAt enrolls the card of a request, in a directory where the place names one.
func (s *Sandbox) enrollAt(request object, at place) *reply {
	card, refused := s.requestedCard(request)
	if refused != nil {
		return refused
	}

	digits := card.digits()
	step := s.table.scenario(digits).step(s.ledger.called(card))

	switch {
	case step.repeats:
		return repeatedNumber(digits, request.object("consumer"))
	case step.refuse != nil:
		return step.refuse()
	}

	made := s.newRecord(card, request, at)
	who := s.newConsumer(request, made, at)

	record, fresh := s.cards.put(made, who, s.options.ReEnroll)
	if !fresh && s.options.ReEnroll == AlreadyExists {
		return alreadyExists()
	}

	s.ledger.enrolled(card, step.delivery)

	masked := record.masked(s.ids)
	masked.spoil(step.delivery)

	answer := jsonReply(http.StatusOK, enrollAnswer{
		SrcCorrelationID: s.correlationID(request.text("srcCorrelationId")),
		MaskedCard:       masked,
		MaskedConsumer:   &who.masked,
	})
	answer.delivery = step.delivery
	answer.result = "200 enrolled"

	if !fresh {
		answer.result = "200 enrolled again"
	}

	return answer
}

// requestedCard takes the card from whichever of the two members has it. That there must be exactly
// one is inferred: the source says "or".
func (s *Sandbox) requestedCard(request object) (card, *reply) {
	encrypted, referred := request.has("encryptedCard"), request.has("enrolmentReferenceData")

	switch {
	case encrypted && referred:
		return card{}, invalidArgument(
			detail("INVALID_VALUE", wholeBody, "encryptedCard and enrolmentReferenceData exclude each other"))
	case encrypted:
		return s.readCard(request.text("encryptedCard"))
	case referred:
		return s.receiptCard(request.object("enrolmentReferenceData"))
	default:
		return card{}, invalidArgument(detail("CANNOT_BE_NULL", "encryptedCard", "must not be null"))
	}
}

// correlationID is the caller's, or a new one where the caller gave none.
func (s *Sandbox) correlationID(given string) string {
	if given != "" {
		return given
	}

	return s.ids.correlation()
}
