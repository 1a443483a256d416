package mastercard

import (
	"context"
	"fmt"

	"enroll.example/clicktopay/pkg/mastercard/profile"
	"enroll.example/clicktopay/pkg/pan"
)

// A BatchStatusRequest asks what became of a batch.
type BatchStatusRequest struct {
	// BatchID is BatchAnswer.BatchID.
	BatchID string
	// SrcClientID and ServiceID name the issuer's program, as in the batch.
	SrcClientID, ServiceID string
	// DirectoryID names the issuer's directory; for profiles that send it.
	DirectoryID string
	// SrcCorrelationID is optional. FlowID should be that of the batch's answer, so that the site is asked that has the batch.
	SrcCorrelationID, FlowID string
	// Turn, when set, says when the request may be sent.
	Turn Turn
	// Auth says how the call is authorized, where that differs from Config.Auth.
	Auth Auth
	// Profile names the one of Config.Profiles that describes the call; empty for those by default.
	Profile string
}

// A BatchStatusAnswer is what asking for a batch came to. The verdict is Submitted while the batch is not done, Completed when
// it is, Rejected when the API has refused it as a whole, after all; or that of a failure of this question, which says nothing
// about the batch. Results may be there with any verdict: those of records that are done.
type BatchStatusAnswer struct {
	Answer

	// Status is the batch's status in the API's own word; empty where there is none.
	Status string
	// Message is why the batch failed, in the API's words, masked.
	Message string
	// Results are those of the records that the API tells of, in its order; not more than one for two equal external ids.
	Results []RecordResult
	// Unidentified is how many results name no record.
	Unidentified int

	byKey map[recordKey]int
}

// A RecordResult is what became of one record.
type RecordResult struct {
	// ExternalConsumerID and ExternalCardID are as the API repeats them. They are for finding the record, not for being kept.
	ExternalConsumerID, ExternalCardID string
	// Status is the record's status in the API's own word.
	Status string
	// Verdict is Enrolled, or that of a refusal of the same kind for a single card; Unknown where the profile has no verdict
	// for the status, or two results contradict each other.
	Verdict Verdict
	// Failure, Advice and AboutCard are as in Answer.
	Failure   Failure
	Advice    string
	AboutCard bool
	// SrcDigitalCardID, SrcConsumerID and TokenUniqueReference name card, consumer and token at Mastercard; empty where not said.
	SrcDigitalCardID, SrcConsumerID, TokenUniqueReference string
}

// Without returns the result with nothing in it that could be the number of its card: what the API sends back may hold it, and
// who asks for a batch does not have the numbers.
func (r RecordResult) Without(number pan.Number) RecordResult {
	r.Failure = r.Failure.without(number)
	r.SrcDigitalCardID = identifierWithout(number, r.SrcDigitalCardID)
	r.SrcConsumerID = identifierWithout(number, r.SrcConsumerID)
	r.TokenUniqueReference = identifierWithout(number, r.TokenUniqueReference)

	return r
}

// Result returns what became of a record, and whether the answer tells of it.
func (a *BatchStatusAnswer) Result(externalConsumerID, externalCardID string) (RecordResult, bool) {
	at, found := a.byKey[recordKey{externalConsumerID, externalCardID}]
	if !found {
		at, found = a.byKey[recordKey{"", externalCardID}] // an API that does not repeat the consumer's
	}
	if !found {
		return RecordResult{}, false
	}

	return a.Results[at], true
}

// BatchStatus asks what became of a batch (GET /cards/batch/{batchId}), once. Asking changes nothing, so that no failure of it is
// Unknown.
func (c *Client) BatchStatus(ctx context.Context, r BatchStatusRequest) BatchStatusAnswer {
	answer, held := c.do(ctx, &call{
		operation: OperationBatchStatus,
		profile:   r.Profile,
		problem:   r.check(),
		success:   c.batchStatusSuccess,
		turn:      r.Turn,
		auth:      r.Auth,
		values: values{
			batchID:       r.BatchID,
			srcClientID:   r.SrcClientID,
			serviceID:     r.ServiceID,
			directoryID:   r.DirectoryID,
			correlationID: r.SrcCorrelationID,
			flowID:        r.FlowID,
		},
	})

	whole := BatchStatusAnswer{
		Answer:       answer,
		Status:       clean(held.batch.status, maxCode, pan.Number{}),
		Message:      clean(held.batch.message, maxMessage, pan.Number{}),
		Results:      held.batch.results,
		Unidentified: held.batch.unidentified,
		byKey:        map[recordKey]int{},
	}

	for i, result := range whole.Results {
		whole.byKey[recordKey{result.ExternalConsumerID, result.ExternalCardID}] = i
	}

	return whole
}

// check refuses an id that would make another path of the URL.
func (r *BatchStatusRequest) check() *finding {
	if problem := checkProgram(r.SrcClientID, r.ServiceID); problem != nil {
		return problem
	}
	if r.BatchID == "" || r.BatchID == "." || r.BatchID == ".." || identifier(r.BatchID) != r.BatchID {
		return invalidRequest("batchId", "INVALID_VALUE", "not the id of a batch")
	}

	return nil
}

// batchStatusSuccess reads the answer to the question for a batch.
func (c *Client) batchStatusSuccess(way *plan, this *call, result exchange) success {
	root, ok := parseAnswer(result.body)
	if !ok {
		return success{}
	}

	held := success{correlationID: identifier(way.answer.text(root, "correlation.id"))}

	if id := way.answer.text(root, "batch.id"); id != "" && id != this.values.batchID {
		held.found = []finding{unrecognized(result.status, DetailOtherBatch, "the answer is about another batch")}

		return held
	}

	status := way.answer.text(root, profile.TargetBatchStatus)
	verdict, known := way.answer.verdict(profile.TargetBatchStatus, status)

	held.batch = batchHeld{status: status, message: way.answer.text(root, "batch.message")}
	held.batch.results, held.batch.unidentified = c.results(way, root)

	switch {
	case status == "" || !way.answer.complete(root):
		return held
	case !known:
		held.found = []finding{unrecognized(result.status, DetailStatusUnknown, fmt.Sprintf(
			"the batch's status is %.60q, for which profile %s has no verdict: add it to values", status, way.profile))}

		return held
	}

	held.fulfilled = verdict.success()
	held.verdict = verdict

	if !held.fulfilled {
		held.found = refusedLater(status, held.batch.message)
	}

	return held
}

// refusedLater is a batch that the API took and could not use after all.
func refusedLater(status, message string) []finding {
	return []finding{{Failure: Failure{Source: SourceService, Reason: status, Detail: DetailBatchRefused, Message: message}}}
}
