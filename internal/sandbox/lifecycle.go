package sandbox

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Paths of the families that change and delete cards and consumers.
const (
	profileByID        = "/profiles/{consumerId}"
	directoryCards     = "/directories/{directoryId}/credentials"
	directoryConsumer  = "/directories/{directoryId}/consumers/{externalConsumerId}"
	directoryBatches   = directoryCards + "/batches"
	directoryBatchByID = directoryBatches + "/{batchId}"
	directoryCardByKey = directoryConsumer + "/credentials/{externalCredentialId}"
)

// route is what serves a path, by method.
type route struct {
	pattern string
	methods map[string]func(*Sandbox, context.Context, call) *reply
}

func lifecycleRoutes() []route {
	ofConsumer := map[string]func(*Sandbox, context.Context, call) *reply{
		http.MethodGet: (*Sandbox).readConsumer, http.MethodPut: (*Sandbox).updateConsumer,
		http.MethodDelete: (*Sandbox).forgetConsumer,
	}

	ask := func(ask func(*Sandbox, context.Context, call) *reply) map[string]func(*Sandbox, context.Context, call) *reply {
		return map[string]func(*Sandbox, context.Context, call) *reply{http.MethodGet: ask}
	}
	post := func(take func(*Sandbox, context.Context, call) *reply) map[string]func(*Sandbox, context.Context, call) *reply {
		return map[string]func(*Sandbox, context.Context, call) *reply{http.MethodPost: take}
	}

	return []route{
		{profileByID, ofConsumer},
		{directoryConsumer, ofConsumer},
		{directoryCards, post((*Sandbox).enrollInDirectory)},
		{directoryBatches, post((*Sandbox).batchInDirectory)},
		{directoryBatchByID, ask((*Sandbox).batchStatusInDirectory)},
		{directoryCardByKey, map[string]func(*Sandbox, context.Context, call) *reply{
			http.MethodGet: (*Sandbox).readInDirectory, http.MethodPut: (*Sandbox).updateCard,
			http.MethodDelete: (*Sandbox).removeFromDirectory,
		}},
	}
}

// updateCardRoute is the one method of a card that is not of the family that enrolls.
func updateCardRoute(s *Sandbox, path string) (string, handler) {
	ids, found := matched(cardByID, strings.TrimPrefix(path, BasePath))
	if !found {
		return "", nil
	}

	put := route{cardByID, map[string]func(*Sandbox, context.Context, call) *reply{http.MethodPut: (*Sandbox).updateCard}}

	return put.serve(s, http.MethodPut, ids)
}

// serve returns what serves a method, and that method; of one that is not served, another.
func (r route) serve(s *Sandbox, method string, ids map[string]string) (string, handler) {
	handle := r.methods[method]
	if handle == nil {
		return "", func(context.Context, call) *reply { return gatewayRefusal(methodNotAllowed) }
	}

	return method, func(ctx context.Context, c call) *reply {
		c.pattern, c.ids = r.pattern, ids

		return handle(s, ctx, c)
	}
}

// lifecycleRoute finds the route of a path, and what the path names.
func lifecycleRoute(path string) (found route, ids map[string]string, ok bool) {
	below, ours := strings.CutPrefix(path, BasePath)
	if !ours {
		return route{}, nil, false
	}

	for _, one := range lifecycleRoutes() {
		if ids, ok := matched(one.pattern, below); ok {
			return one, ids, true
		}
	}

	return route{}, nil, false
}

// matched returns what a path names where a pattern has names in braces.
func matched(pattern, path string) (map[string]string, bool) {
	names, segments := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(names) != len(segments) {
		return nil, false
	}

	ids := map[string]string{}

	for i, name := range names {
		variable, is := strings.CutPrefix(name, "{")
		if !is && name != segments[i] {
			return nil, false
		}

		if is {
			value, err := url.PathUnescape(segments[i])
			if err != nil || value == "" {
				return nil, false
			}

			ids[strings.TrimSuffix(variable, "}")] = value
		}
	}

	return ids, true
}

// where is the place that a path names.
func (c call) where() place {
	return place{directory: c.ids["directoryId"], consumer: c.ids["externalConsumerId"], credential: c.ids["externalCredentialId"]}
}

// cardKey and consumerKey are what the path names in the registry.
func (c call) cardKey() string     { return cmp.Or(c.where().card(), c.ids["cardId"]) }
func (c call) consumerKey() string { return cmp.Or(c.where().owner(), c.ids["consumerId"]) }

// asked checks a request without a body, up to the question whether there is what it names.
func (s *Sandbox) asked(ctx context.Context, c call) (url.Values, *reply) {
	query, refused := s.contract.queryOf(ctx, c.request, c.pattern, c.ids)
	if refused != nil {
		return nil, refused
	}

	return query, s.allowed(c, query.Get("srcClientId"), query.Get("serviceId"))
}

// told checks a request with a body likewise.
func (s *Sandbox) told(ctx context.Context, c call) (object, *reply) {
	request, refused := s.contract.bodyOf(ctx, c.request, c.pattern, c.body, c.ids)
	if refused != nil {
		return nil, refused
	}

	return request, s.allowed(c, request.text("srcClientId"), request.text("serviceId"))
}

// allowed answers whether the client may act for the program, in the directory where there is one.
func (s *Sandbox) allowed(c call, srcClientID, serviceID string) *reply {
	if refused := s.authorize(c.client, srcClientID, serviceID); refused != nil {
		return refused
	}

	directory := c.ids["directoryId"]
	if directory == "" {
		return nil
	}

	for _, program := range c.client.Programs {
		if program.SrcClientID == srcClientID && program.ServiceID == serviceID && program.DirectoryID == directory {
			return nil
		}
	}

	return noSuchDirectory()
}

type consumerAnswer struct {
	SrcCorrelationID string         `json:"srcCorrelationId"`
	MaskedConsumer   maskedConsumer `json:"maskedConsumer"`
	MaskedCards      []maskedCard   `json:"maskedCards,omitempty"`
}

// updateCard serves PUT for a card: its billing address is the request's, as a whole. That is inferred from the method.
func (s *Sandbox) updateCard(ctx context.Context, c call) *reply {
	request, refused := s.told(ctx, c)
	if refused != nil {
		return refused
	}

	changed, found := s.cards.change(c.cardKey(), request.text("srcClientId"), request.text("serviceId"), func(r *record) {
		r.address = maskAddress(request.object("billingAddress"))
	})
	if !found {
		return noSuchCard(notInPath("srcDigitalCardId", "Card not found"))
	}

	s.ledger.updated(c.cardKey())

	answer := jsonReply(http.StatusOK, readAnswer{
		SrcCorrelationID: s.correlationID(request.text("srcCorrelationId")), MaskedCard: changed.masked(s.ids),
	})
	answer.result = "200 card updated"

	return answer
}

// readConsumer serves GET for a consumer, with their cards.
func (s *Sandbox) readConsumer(ctx context.Context, c call) *reply {
	query, refused := s.asked(ctx, c)
	if refused != nil {
		return refused
	}

	who, cards, found := s.cards.consumer(c.consumerKey(), query.Get("srcClientId"), query.Get("serviceId"))
	if !found {
		return noSuchConsumer()
	}

	told := consumerAnswer{SrcCorrelationID: s.correlationID(query.Get("srcCorrelationId")), MaskedConsumer: who.masked}
	for _, card := range cards {
		told.MaskedCards = append(told.MaskedCards, card.masked(s.ids))
	}

	answer := jsonReply(http.StatusOK, told)
	answer.result = "200 consumer read"

	return answer
}

// updateConsumer serves PUT for a consumer: the contact data are the request's, as a whole; who they are stays.
func (s *Sandbox) updateConsumer(ctx context.Context, c call) *reply {
	request, refused := s.told(ctx, c)
	if refused != nil {
		return refused
	}

	changed, found := s.cards.changeConsumer(c.consumerKey(), request.text("srcClientId"), request.text("serviceId"),
		func(who *maskedConsumer) { who.contact(request.object("consumer")) })
	if !found {
		return noSuchConsumer()
	}

	s.ledger.updated(c.consumerKey())

	answer := jsonReply(http.StatusOK, consumerAnswer{
		SrcCorrelationID: s.correlationID(request.text("srcCorrelationId")), MaskedConsumer: changed.masked,
	})
	answer.result = "200 consumer updated"

	return answer
}

// forgetConsumer serves DELETE for a consumer: their cards go with them.
func (s *Sandbox) forgetConsumer(ctx context.Context, c call) *reply {
	query, refused := s.asked(ctx, c)
	if refused != nil {
		return refused
	}

	if !s.cards.forget(c.consumerKey(), query.Get("srcClientId"), query.Get("serviceId")) {
		return noSuchConsumer()
	}

	s.ledger.forgotten(c.consumerKey())

	answer := jsonReply(http.StatusOK, removeAnswer{SrcCorrelationID: s.correlationID(query.Get("srcCorrelationId"))})
	answer.result = "200 forgotten"

	return answer
}

// enrollInDirectory serves POST for the cards of a directory.
func (s *Sandbox) enrollInDirectory(ctx context.Context, c call) *reply {
	request, refused := s.told(ctx, c)
	if refused != nil {
		return refused
	}

	at := c.where()
	at.consumer, at.credential = request.text("externalConsumerId"), request.text("externalCredentialId")

	return s.enrollAt(request, at)
}

func (s *Sandbox) readInDirectory(ctx context.Context, c call) *reply {
	query, refused := s.asked(ctx, c)
	if refused != nil {
		return refused
	}

	return s.readAt(c.cardKey(), query)
}

func (s *Sandbox) removeFromDirectory(ctx context.Context, c call) *reply {
	query, refused := s.asked(ctx, c)
	if refused != nil {
		return refused
	}

	return s.removeAt(c.cardKey(), query)
}
