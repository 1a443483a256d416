package sandbox

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// read serves GET /cards/{cardId}.
func (s *Sandbox) read(ctx context.Context, c call) *reply {
	cardID, query, refused := s.cardRequest(ctx, c)
	if refused != nil {
		return refused
	}

	return s.readAt(cardID, query)
}

// readAt answers what there is of a card.
func (s *Sandbox) readAt(key string, query url.Values) *reply {
	if query.Get("tokenRequested") == "true" {
		// The token would be encrypted for the client, and the sandbox has no key of any client's.
		return serviceRefusal(http.StatusForbidden, "PERMISSION_DENIED", "Permission denied",
			detail("NOT_FOUND", "srcClientId", "The client has no active payload encryption key"))
	}

	record, found := s.cards.get(key, query.Get("srcClientId"), query.Get("serviceId"))
	if !found {
		return noSuchCard(notInPath("srcDigitalCardId", "Card not found"))
	}

	answer := jsonReply(http.StatusOK, readAnswer{
		SrcCorrelationID: s.correlationID(query.Get("srcCorrelationId")),
		MaskedCard:       record.masked(s.ids),
	})
	answer.result = "200 read"

	return answer
}

// remove serves DELETE /cards/{cardId}.
func (s *Sandbox) remove(ctx context.Context, c call) *reply {
	cardID, query, refused := s.cardRequest(ctx, c)
	if refused != nil {
		return refused
	}

	return s.removeAt(cardID, query)
}

// removeAt takes a card out.
func (s *Sandbox) removeAt(key string, query url.Values) *reply {
	if !s.cards.remove(key, query.Get("srcClientId"), query.Get("serviceId")) {
		return noSuchCard()
	}

	s.ledger.removed(key)

	answer := jsonReply(http.StatusOK, removeAnswer{SrcCorrelationID: s.correlationID(query.Get("srcCorrelationId"))})
	answer.result = "200 deleted"

	return answer
}

// cardRequest checks a request for one card up to the question whether the card exists.
func (s *Sandbox) cardRequest(ctx context.Context, c call) (string, url.Values, *reply) {
	cardID, err := url.PathUnescape(strings.TrimPrefix(c.path, cardsPath+"/"))
	if err != nil {
		return "", nil, gatewayRefusal(noSuchResource)
	}

	query, refused := s.contract.queryOf(ctx, c.request, cardByID, map[string]string{"cardId": cardID})
	if refused != nil {
		return "", nil, refused
	}

	return cardID, query, s.authorize(c.client, query.Get("srcClientId"), query.Get("serviceId"))
}
