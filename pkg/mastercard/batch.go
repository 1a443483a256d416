package mastercard

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"enroll.example/clicktopay/pkg/pan"
)

// A BatchRequest asks to enroll many cards in one call. It prints no PAN.
type BatchRequest struct {
	// SrcClientID and ServiceID name the issuer's program, as given at onboarding.
	SrcClientID, ServiceID string
	// DirectoryID names the issuer's directory; for profiles that send it.
	DirectoryID string
	// ExternalBatchID is our name for the batch: one that no other batch has, since what a second one of the same name does is
	// not documented.
	ExternalBatchID string
	// Records are the cards; at least one, and no more than BatchLimits says.
	Records []BatchRecord
	// SrcCorrelationID, KeyFingerprintID and FlowID are as in EnrollRequest, all optional.
	SrcCorrelationID, KeyFingerprintID, FlowID string
	// Turn, when set, says when the request may be sent.
	Turn Turn
	// Auth says how the call is authorized, where that differs from Config.Auth.
	Auth Auth
	// Profile names the one of Config.Profiles that describes the call; empty for those by default.
	Profile string
}

// A BatchRecord is one card and its consumer. Results are told apart by the two external ids, so that no two records of a
// batch may have both in common.
type BatchRecord struct {
	ExternalConsumerID, ExternalCardID string
	// CardSource is sent by profiles that have it. Empty: CardSourceIssuer.
	CardSource CardSource
	Card       Card
	Consumer   Consumer
	Compliance *ComplianceSettings
}

// A BatchAnswer is what sending a batch came to: Submitted, or the verdict of a failure, which is that of the whole batch.
type BatchAnswer struct {
	Answer

	// BatchID is Mastercard's name of the batch, by which its status is asked for. Never empty when Submitted.
	BatchID string
	// ExternalBatchID is ours, as the answer repeats it; empty where it does not.
	ExternalBatchID string
}

// EnrollBatch sends a batch (POST /cards/batch), once: one encrypted list, one signature. It always returns a verdict, as Enroll
// does. Submitted means received, and nothing else: see BatchStatus.
//
// A batch that is empty, has more records or bytes than the profile allows, or two records that could not be told apart, is
// Rejected before anything is sent; where it is too large, Failure.Reason is ReasonTooLarge, and its halves may do.
func (c *Client) EnrollBatch(ctx context.Context, r BatchRequest) BatchAnswer {
	answer, held := c.do(ctx, &call{
		operation: OperationEnrollBatch,
		profile:   r.Profile,
		numbers:   r.numbers(),
		problem:   r.check(),
		seal:      func(way *plan, v *values) *finding { return c.sealBatch(way, r, v) },
		success:   batchSuccess,
		turn:      r.Turn,
		auth:      r.Auth,
		values: values{
			srcClientID:      r.SrcClientID,
			serviceID:        r.ServiceID,
			directoryID:      r.DirectoryID,
			externalBatchID:  r.ExternalBatchID,
			correlationID:    r.SrcCorrelationID,
			keyFingerprintID: r.KeyFingerprintID,
			flowID:           r.FlowID,
		},
	})

	return BatchAnswer{Answer: answer, BatchID: held.batch.id, ExternalBatchID: held.batch.externalID}
}

// BatchLimits returns how many records and bytes a batch may have by a profile (empty: by default); zero for no limit.
func (c *Client) BatchLimits(profile string) (records, bytes int) {
	way := c.plans[profile][OperationEnrollBatch]
	if way == nil {
		return 0, 0
	}

	return way.limits.Records.Value, way.limits.Bytes.Value
}

// BatchPolling returns when to ask for a batch first and at most how long to wait between two questions, by a profile (empty: by
// default); zero where it says nothing.
func (c *Client) BatchPolling(profile string) (first, most time.Duration) {
	way := c.plans[profile][OperationBatchStatus]
	if way == nil {
		return 0, 0
	}

	return time.Duration(way.polling.First), time.Duration(way.polling.Most)
}

// check refuses what could not be sent, or not be matched with its results.
func (r *BatchRequest) check() *finding {
	if problem := checkProgram(r.SrcClientID, r.ServiceID); problem != nil {
		return problem
	}
	if len(r.Records) == 0 {
		return invalidRequest("records", "CANNOT_BE_NULL", "the batch is empty")
	}

	seen := make(map[recordKey]int, len(r.Records))

	for i, record := range r.Records {
		if record.Card.PrimaryAccountNumber.IsZero() {
			return invalidRequest("card.primaryAccountNumber", "CANNOT_BE_NULL", fmt.Sprintf("record %d: %v", i+1, pan.ErrEmpty))
		}

		key := recordKey{record.ExternalConsumerID, record.ExternalCardID}
		if before, twice := seen[key]; twice {
			return invalidRequest("externalCardId", "CANNOT_BE_DUPLICATE_OR_NULL",
				fmt.Sprintf("records %d and %d have the same external ids", before+1, i+1))
		}

		seen[key] = i
	}

	return nil
}

// recordKey tells the records of a batch apart.
type recordKey struct{ consumer, card string }

func (c *Client) sealBatch(way *plan, r BatchRequest, v *values) *finding {
	if limit := way.limits.Records.Value; limit > 0 && len(r.Records) > limit {
		return tooLarge(fmt.Sprintf("the batch has %d records; profile %s allows %d", len(r.Records), way.profile, limit))
	}

	records := make([]*values, len(r.Records))
	for i := range r.Records {
		records[i] = r.Records[i].values()
	}

	var problem *finding
	v.encrypted, problem = c.encrypt(way, records)

	return problem
}

func (r *BatchRecord) values() *values {
	return &values{
		externalConsumerID: r.ExternalConsumerID,
		externalCardID:     r.ExternalCardID,
		cardSource:         cmp.Or(string(r.CardSource), string(CardSourceIssuer)),
		card:               &r.Card,
		consumer:           &r.Consumer,
		compliance:         cmp.Or(r.Compliance, r.Consumer.ComplianceSettings),
	}
}

func (r *BatchRequest) numbers() []pan.Number {
	all := make([]pan.Number, len(r.Records))
	for i := range r.Records {
		all[i] = r.Records[i].Card.PrimaryAccountNumber
	}

	return all
}

// batchHeld is what an answer about a batch holds.
type batchHeld struct {
	id, externalID string
	status         string
	message        string
	results        []RecordResult
	unidentified   int
}

// batchSuccess reads the answer to a batch.
func batchSuccess(way *plan, _ *call, result exchange) success {
	root, ok := parseAnswer(result.body)
	if !ok {
		return success{}
	}

	held := success{
		correlationID: identifier(way.answer.text(root, "correlation.id")),
		batch: batchHeld{
			id:         identifier(way.answer.text(root, "batch.id")),
			externalID: identifier(way.answer.text(root, "batch.external_id")),
		},
	}
	held.fulfilled = held.batch.id != "" && way.answer.complete(root) && !reportsErrors(root)

	return held
}

// reportsErrors reports whether an answer has errors beside what was asked for: which of the two is true is not for us to guess.
func reportsErrors(root map[string]any) bool {
	for _, name := range []string{"errors", "error"} {
		if list := member(root, name); list != nil && len(errorsIn(map[string]any{"errors": list})) > 0 {
			return true
		}
	}

	return false
}
