// Package jobs is what travels on the queue: the job, its JSON Schemas, the
// seal around everything that concerns the card, the subjects and streams, and
// a Publisher for systems written in Go.
//
// Publishers in other languages need a NATS client, a JOSE library and the two
// schemas in the folder schema/. See docs/publishing.md.
package jobs

import (
	"fmt"
	"time"
)

// Limits and version of the message contract.
const (
	// SchemaVersion is the value of Job.Schema.
	SchemaVersion = 1
	// MaxMessageBytes is the size of the largest message body that is accepted.
	// A job with every member at its limit is about 8 kB.
	MaxMessageBytes = 64 << 10
)

// Job is the body of a message, version 1. It holds nothing about the card or
// the cardholder outside Sealed, and is safe to print, log and store.
type Job struct {
	Schema int `json:"schema"`
	// ID is the caller's idempotency key: 1 to 64 of A-Z a-z 0-9 . _ -
	ID string `json:"id"`
	// Program names a program configured at the workers: 1 to 32 of a-z 0-9 -
	Program string `json:"program"`
	// Batch groups jobs, for example those of one file. Same rule as ID.
	Batch string `json:"batch,omitempty"`
	// ExternalConsumerID and ExternalCardID are the issuer's own keys, up to 255 characters each.
	ExternalConsumerID string `json:"external_consumer_id,omitempty"`
	ExternalCardID     string `json:"external_card_id,omitempty"`
	// NotAfter, when set, is the time past which the job is not sent.
	NotAfter time.Time `json:"not_after,omitzero"`
	// Operation is what to do; empty means enroll.
	Operation Operation `json:"operation,omitempty"`
	// SrcDigitalCardID names the card to unenroll or to update. Without it the card is the one
	// that was enrolled last for ExternalCardID.
	SrcDigitalCardID string `json:"src_digital_card_id,omitempty"`
	// SrcConsumerID names the consumer to update or to forget. Without it the consumer is the one of whom a card was enrolled
	// last for ExternalConsumerID.
	SrcConsumerID string `json:"src_consumer_id,omitempty"`
	// UnenrollReason is the API's reason of an unenrollment: SUSPECTED_FRAUD, ACCOUNT_CLOSED, OTHER or DEFAULT; optional.
	UnenrollReason string `json:"unenroll_reason,omitempty"`
	// TokenRequestorID is who gets the card of a job that pushes, 11 digits. Without it, the program's.
	TokenRequestorID string `json:"token_requestor_id,omitempty"`
	// Sealed is the compact JWE of a Payload, of one that updates that of a Change. To unenroll or forget, none is needed.
	Sealed string `json:"sealed,omitempty"`

	known *sameness
}

// Body returns the message body of a job that Encode or Decode has found to be good. It is an error where NotAfter cannot be
// written.
func (j Job) Body() ([]byte, error) {
	body, err := encode(j, writeJob)
	if err != nil {
		return nil, fmt.Errorf("encoding a job: %w", err) // without its id, which may be a card number by mistake
	}

	return body, nil
}

// Check returns the error that Encode would, and costs less where there is none.
func (j Job) Check(cardLike ...string) error {
	if j.conforms(cardLike...) {
		return nil
	}

	_, err := j.Encode(cardLike...)

	return err
}

// Encode checks the job against the schema and returns the message body.
// Its error is a *Problem. cardLike are the fields that may look like a card number, as own keys do by
// chance: see CheckCardLike. The workers have to allow them as well.
func (j Job) Encode(cardLike ...string) ([]byte, error) {
	j.Schema = SchemaVersion

	body, err := j.Body()
	if err != nil {
		return nil, problem(ReasonInvalidField, "not_after", "is no time of the years 0 to 9999 with an offset of less than a day")
	}

	if len(body) <= MaxMessageBytes && j.conforms(cardLike...) {
		return body, nil
	}

	if _, problem := Decode(body, cardLike...); problem != nil {
		return nil, problem
	}

	return body, nil
}
