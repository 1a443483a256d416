package jobs

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// Change is what the seal of a job that updates holds, as it is to be afterwards, whole: what it leaves out is left out of the
// call. One of its members is set, and says what is updated. It prints and logs as that alone.
type Change struct {
	// BillingAddress is that of a card: at least one of its members is set.
	BillingAddress *Address `json:"billingAddress,omitempty"`
	// Consumer is the contact data of a consumer.
	Consumer *Consumer `json:"consumer,omitempty"`
}

// OfConsumer reports whether it is a consumer that is updated, and not a card.
func (c Change) OfConsumer() bool { return c.Consumer != nil }

// ParseChange reads the clear text of a change and checks it against its schema and the rules beyond that.
func ParseChange(clear []byte) (Change, *Problem) {
	if p := checkSealed(clear, updateSchema()); p != nil {
		return Change{}, p
	}

	var c Change
	if err := json.Unmarshal(clear, &c); err != nil {
		return Change{}, problem(ReasonInvalidField, "sealed", "does not fit version %d", SchemaVersion)
	}

	if c.Consumer != nil {
		return c, c.Consumer.rules()
	}

	return c, nil
}

// Reveal returns the change as JSON: for the seal, and for keyed hashes.
func (c Change) Reveal() []byte {
	clear, err := json.Marshal(c)
	if err != nil {
		return nil // strings and structs only: cannot happen, and nil is refused by whoever reads it
	}

	return clear
}

// Validate applies the rules of the schema and those beyond it. It returns nil, not an empty Problem, when all is well.
func (c Change) Validate() *Problem {
	_, p := ParseChange(c.Reveal())

	return p
}

// Fits says what is wrong when a job does not name what the change is of.
func (c Change) Fits(job Job) *Problem {
	id, key, other, otherID := "src_digital_card_id", FieldExternalCardID, "src_consumer_id", job.SrcConsumerID
	named, of := job.SrcDigitalCardID != "" || job.ExternalCardID != "", "the billing address of a card"

	if c.OfConsumer() {
		id, key, other, otherID = "src_consumer_id", FieldExternalConsumerID, "src_digital_card_id", job.SrcDigitalCardID
		named, of = job.SrcConsumerID != "" || job.ExternalConsumerID != "", "the contact data of a consumer"
	}

	switch {
	case otherID != "":
		return problem(ReasonInvalidField, other, "does not belong to an update of %s", of)
	case !named:
		return problem(ReasonInvalidField, id, "is missing, and so is %s: an update of %s names it by one of them", key, of)
	default:
		return nil
	}
}

// Format writes what is updated whatever the verb: the rest is personal data.
func (c Change) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, c.text()) }

// LogValue logs what is updated.
func (c Change) LogValue() slog.Value { return slog.StringValue(c.text()) }

func (c Change) text() string {
	switch {
	case c.Consumer != nil:
		return "update of contact data"
	case c.BillingAddress != nil:
		return "update of a billing address"
	default:
		return "update of nothing"
	}
}
