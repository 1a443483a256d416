package profile

import (
	"slices"
	"strings"
)

// A Target is what the code makes of a member of an answer.
type Target struct {
	// Name is what a Read refers to.
	Name string
	// About says what it is.
	About string
	// Kind says of what type the member has to be.
	Kind Kind
	// Decided: its values lead to verdicts, so that a profile has to list them.
	Decided bool
}

// Kind is the type of a member that is read.
type Kind string

// The kinds.
const (
	Text   Kind = "string"
	List   Kind = "array"  // of texts
	Object Kind = "object" // an error, in any of the shapes that are known
)

// Targets of batches, whose values a profile decides.
const (
	TargetBatchStatus  = "batch.status"
	TargetRecordStatus = "record.status"
	TargetRecordReason = "record.reason"
)

// recordPrefix begins the names of what is read of each record.
const recordPrefix = "record."

// TargetsOf returns what can be made of an operation's answer.
func TargetsOf(operation string) []Target {
	common := []Target{{Name: "correlation.id", About: "the answer's id for tracing", Kind: Text}}

	switch operation {
	case Enroll:
		return slices.Concat(common, cardTargets(), consumerIDTargets())
	case ReadCard, UpdateCard:
		return append(common, cardTargets()...)
	case EnrollBatch:
		return append(common, batchTargets()...)
	case BatchStatus:
		return slices.Concat(common, batchTargets(), recordTargets())
	case ReadConsumer, UpdateConsumer:
		return append(common, consumerTargets()...)
	default:
		return common
	}
}

// FindTarget returns the target of a name that an operation's answer may have.
func FindTarget(operation, name string) (Target, bool) {
	for _, target := range TargetsOf(operation) {
		if target.Name == name {
			return target, true
		}
	}

	return Target{}, false
}

// ofRecord reports whether a target is one of each record.
func ofRecord(name string) bool { return strings.HasPrefix(name, recordPrefix) }

func cardTargets() []Target {
	return []Target{
		{Name: "card.id", About: "Mastercard's name for the card", Kind: Text},
		{Name: "card.token_reference", About: "the token's unique reference", Kind: Text},
		{Name: "card.account_reference", About: "the payment account reference", Kind: Text},
		{Name: "card.first_digits", About: "the card number's first digits, compared with the card's", Kind: Text},
		{Name: "card.last_digits", About: "its last four, compared with the card's", Kind: Text},
		{Name: "card.expiry_month", About: "the card's expiry month", Kind: Text},
		{Name: "card.expiry_year", About: "the card's expiry year", Kind: Text},
		{Name: "card.descriptor", About: "mastercard or maestro", Kind: Text},
		{Name: "card.type", About: "CREDIT, DEBIT and so on", Kind: Text},
		{Name: "card.country", About: "the card's country", Kind: Text},
		{Name: "card.created", About: "when it was enrolled first", Kind: Text},
		{Name: "card.last_used", About: "when it was used last", Kind: Text},
		{Name: "card.status", About: "the card's status at Mastercard", Kind: Text},
		{Name: "card.pending_events", About: "what is left to do for it", Kind: List},
		{Name: "push.data", About: "what the API sends for a push account receipt, encrypted", Kind: Text},
	}
}

func batchTargets() []Target {
	return []Target{
		{Name: "batch.id", About: "Mastercard's id of the batch", Kind: Text},
		{Name: "batch.external_id", About: "our id of the batch", Kind: Text},
		{Name: TargetBatchStatus, About: "how far the batch is", Kind: Text, Decided: true},
		{Name: "batch.message", About: "why the batch failed", Kind: Text},
	}
}

func recordTargets() []Target {
	return []Target{
		{Name: "record.consumer.external_id", About: "the issuer's own key of the consumer", Kind: Text},
		{Name: "record.card.external_id", About: "the issuer's own key of the card", Kind: Text},
		{Name: "record.card.id", About: "Mastercard's name for the card", Kind: Text},
		{Name: "record.consumer.id", About: "Mastercard's name for the consumer", Kind: Text},
		{Name: "record.token_reference", About: "the token's unique reference", Kind: Text},
		{Name: TargetRecordStatus, About: "what became of the record", Kind: Text, Decided: true},
		{Name: TargetRecordReason, About: "why it failed", Kind: Text},
		{Name: "record.error", About: "why it failed, as an error of the API", Kind: Object},
	}
}

func consumerTargets() []Target {
	return append(consumerIDTargets(), Target{Name: "consumer.status", About: "the profile's status", Kind: Text})
}

func consumerIDTargets() []Target {
	return []Target{{Name: "consumer.id", About: "Mastercard's name for the consumer", Kind: Text}}
}
