package jobs

import (
	"cmp"
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

// Failure is why a job did not end in an enrollment, in the API's own words
// where they are the API's.
type Failure struct {
	Source  string `json:"source,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message,omitempty"`
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
