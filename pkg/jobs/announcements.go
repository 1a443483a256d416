package jobs

import (
	"cmp"
	"fmt"
	"time"
)

// Outcome is the body of a message on enroll.outcomes.<program>.<status>: the
// final result of one job. It is delivered at least once; its header
// Nats-Msg-Id is the same each time. It holds no cardholder data.
//
// Its members are described in schema/outcome.v1.schema.json.
type Outcome struct {
	Schema               int       `json:"schema"`
	ID                   string    `json:"id"`
	Program              string    `json:"program,omitempty"`
	Batch                string    `json:"batch,omitempty"`
	ExternalConsumerID   string    `json:"external_consumer_id,omitempty"`
	ExternalCardID       string    `json:"external_card_id,omitempty"`
	Operation            Operation `json:"operation"`
	Status               string    `json:"status"`
	HTTPStatus           int       `json:"http_status,omitempty"`
	Error                *Failure  `json:"error,omitempty"`
	SrcDigitalCardID     string    `json:"src_digital_card_id,omitempty"`
	SrcConsumerID        string    `json:"src_consumer_id,omitempty"`
	Consumers            int       `json:"consumers,omitempty"`
	SrcCorrelationID     string    `json:"src_correlation_id,omitempty"`
	TokenUniqueReference string    `json:"token_unique_reference,omitempty"`
	Push                 *Pushed   `json:"push,omitempty"`
	Attempts             int       `json:"attempts"`
	CompletedAt          time.Time `json:"completed_at"`
}

// Encode returns the message body. It is an error where CompletedAt cannot be written.
func (o Outcome) Encode() ([]byte, error) {
	o.Schema = SchemaVersion

	body, err := encode(o, writeOutcome)
	if err != nil {
		return nil, fmt.Errorf("encoding the outcome of job %s: %w", o.ID, err)
	}

	return body, nil
}

// writeOutcome writes a message body, if no text of it needs an escape. What a push gave is left to encoding/json.
func writeOutcome(o Outcome) ([]byte, bool) {
	const usual = 512 // bytes

	if o.Push != nil {
		return nil, false
	}

	w := canonicalWriter{body: make([]byte, 0, usual)}

	w.add("{")
	w.number("schema", o.Schema)
	w.text("id", o.ID)
	w.optional("program", o.Program)
	w.optional("batch", o.Batch)
	w.optional("external_consumer_id", o.ExternalConsumerID)
	w.optional("external_card_id", o.ExternalCardID)
	w.text("operation", string(o.Operation))
	w.text("status", o.Status)
	w.optionalNumber("http_status", o.HTTPStatus)

	if o.Error != nil {
		w.member("error")
		o.Error.write(&w)
	}

	w.optional("src_digital_card_id", o.SrcDigitalCardID)
	w.optional("src_consumer_id", o.SrcConsumerID)
	w.optionalNumber("consumers", o.Consumers)
	w.optional("src_correlation_id", o.SrcCorrelationID)
	w.optional("token_unique_reference", o.TokenUniqueReference)
	w.number("attempts", o.Attempts)
	w.time("completed_at", o.CompletedAt)
	w.add("}")

	return w.body, !w.bad
}

// Failure is why a job did not end in an enrollment, in the API's own words
// where they are the API's.
type Failure struct {
	Source  string `json:"source,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message,omitempty"`
}

func (f Failure) write(w *canonicalWriter) {
	w.add("{")
	w.optional("source", f.Source)
	w.optional("reason", f.Reason)
	w.optional("detail", f.Detail)
	w.optional("field", f.Field)
	w.optional("message", f.Message)
	w.add("}")
}

// DeadLetter is the body of a message on enroll.dead.<program>.<job>: the job as
// it was, sealed, and why it was given up. See DeadSubject for how the job is written.
type DeadLetter struct {
	Schema int `json:"schema"`
	// ID is the key of the job's row. It is the id of the job, but for a message whose id could not be read, which is named by
	// where the queue had it (~STREAM.SEQUENCE). Letters of earlier versions lack it: see Key.
	ID          string    `json:"id,omitempty"`
	Status      string    `json:"status"`
	Error       Failure   `json:"error"`
	Attempts    int       `json:"attempts"`
	FirstSeenAt time.Time `json:"first_seen_at,omitzero"`
	DeadAt      time.Time `json:"dead_at"`
	// Job is the job. Of a message that could not be read, it holds the whole message in its seal (KeyRing.SealMessage).
	Job Job `json:"job"`
}

// Key is the key of the job's row.
func (l DeadLetter) Key() string { return cmp.Or(l.ID, l.Job.ID) }
