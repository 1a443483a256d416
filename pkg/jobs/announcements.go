package jobs

import "time"

// Outcome is the body of a message on enroll.outcomes.<program>.<status>: the
// final result of one job. It is delivered at least once; its header
// Nats-Msg-Id is the same each time. It holds no cardholder data.
type Outcome struct {
	Schema             int       `json:"schema"`
	ID                 string    `json:"id"`
	Program            string    `json:"program"`
	Batch              string    `json:"batch,omitempty"`
	ExternalConsumerID string    `json:"external_consumer_id,omitempty"`
	ExternalCardID     string    `json:"external_card_id,omitempty"`
	Operation          Operation `json:"operation,omitempty"`
	Status             string    `json:"status"`
	HTTPStatus         int       `json:"http_status,omitempty"`
	Error              *Failure  `json:"error,omitempty"`
	SrcDigitalCardID   string    `json:"src_digital_card_id,omitempty"`
	SrcCorrelationID   string    `json:"src_correlation_id,omitempty"`
	Attempts           int       `json:"attempts"`
	CompletedAt        time.Time `json:"completed_at,omitzero"`
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
	Schema      int       `json:"schema"`
	Status      string    `json:"status"`
	Error       Failure   `json:"error"`
	Attempts    int       `json:"attempts"`
	FirstSeenAt time.Time `json:"first_seen_at,omitzero"`
	DeadAt      time.Time `json:"dead_at"`
	Job         Job       `json:"job"`
}
