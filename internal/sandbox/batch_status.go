package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// batchItem is what the results say of a record.
type batchItem struct {
	ExternalConsumerID string `json:"externalConsumerId"`
	// One of the two: in a directory the second.
	ExternalCardID       string          `json:"externalCardId,omitempty"`
	ExternalCredentialID string          `json:"externalCredentialId,omitempty"`
	SrcDigitalCardID     string          `json:"srcDigitalCardId,omitempty"`
	SrcConsumerID        string          `json:"srcConsumerId,omitempty"`
	Status               string          `json:"status"`
	Error                json.RawMessage `json:"error,omitempty"`
}

// item is what the results say of a card in its place.
func (p place) item(status string) batchItem {
	if p.directory != "" {
		return batchItem{ExternalConsumerID: p.consumer, ExternalCredentialID: p.credential, Status: status}
	}

	return batchItem{ExternalConsumerID: p.consumer, ExternalCardID: p.credential, Status: status}
}

type batchStatusAnswer struct {
	SrcCorrelationID string      `json:"srcCorrelationId"`
	BatchID          string      `json:"batchId"`
	ExternalBatchID  string      `json:"externalBatchId"`
	BatchStatus      string      `json:"batchStatus"`
	ErrorMessage     string      `json:"errorMessage,omitempty"`
	Items            []batchItem `json:"items"`
}

// batchStatus serves GET /cards/batch/{batchId}. The words for a status are those of another product's batch.
func (s *Sandbox) batchStatus(ctx context.Context, c call) *reply {
	batchID, err := url.PathUnescape(strings.TrimPrefix(c.path, batchPath+"/"))
	if err != nil {
		return gatewayRefusal(noSuchResource)
	}

	query, refused := s.contract.queryOf(ctx, c.request, batchByID, map[string]string{"batchId": batchID})
	if refused != nil {
		return refused
	}

	if refused := s.authorize(c.client, query.Get("srcClientId"), query.Get("serviceId")); refused != nil {
		return refused
	}

	return s.tellOf(batchID, "", query)
}

// tellOf answers how far a batch is, in the directory where one is named.
func (s *Sandbox) tellOf(batchID, directory string, query url.Values) *reply {
	found, fate, known := s.batches.ask(batchID, directory, query.Get("srcClientId"), query.Get("serviceId"))

	switch {
	case !known:
		unknown := detail("NOT_FOUND", "batchId", "Batch not found")
		unknown.SourceType = "PATH"

		return serviceRefusal(http.StatusNotFound, "NOT_FOUND", "Batch not found", unknown)
	case fate == statusThrottled:
		return gatewayRefusal(rateLimited)
	case fate == statusFailing:
		return internalError()
	}

	return s.tell(found, fate, query.Get("srcCorrelationId"))
}

// tell answers how far a batch is. The results come in another order than the records: which one is not documented.
func (s *Sandbox) tell(found batch, fate batchFate, correlationID string) *reply {
	told := batchStatusAnswer{
		SrcCorrelationID: s.correlationID(correlationID),
		BatchID:          found.id,
		ExternalBatchID:  found.externalID,
		BatchStatus:      "IN_PROGRESS",
		Items:            []batchItem{},
	}

	if due := found.received.Add(s.options.BatchTakes); !found.endless && !s.options.Now().Before(due) {
		told.Items = append(told.Items, found.items...)
		slices.Reverse(told.Items)

		told.BatchStatus = found.outcome()
		if found.fails {
			told.ErrorMessage = "The batch could not be loaded"
		}
	}

	answer := jsonReply(http.StatusOK, told)
	answer.result = "200 " + told.BatchStatus

	if fate == statusTruncated {
		answer.delivery = truncated
	}

	return answer
}

// outcome is the status of a batch that is done.
func (b *batch) outcome() string {
	failed := slices.ContainsFunc(b.items, func(item batchItem) bool { return item.Status == "FAILED" })

	switch {
	case b.fails:
		return "FAILED"
	case failed:
		return "COMPLETED_WITH_ERRORS"
	default:
		return "COMPLETED_SUCCESSFULLY"
	}
}
