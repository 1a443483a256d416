package results

import (
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// Statuses of rows that have no job, or whose job no worker has seen, beside those of jobs.
const (
	StatusNotSent = "not_sent" // rejected by the reader of the file
	StatusQueued  = "queued"   // no worker has seen its job
)

// Line is what became of a row.
type Line struct {
	Row                int64  `json:"row"`
	Line               int64  `json:"line,omitempty"` // of the file on which the row begins; 0 where a version before kept none
	JobID              string `json:"job_id,omitempty"`
	ExternalConsumerID string `json:"external_consumer_id,omitempty"`
	ExternalCardID     string `json:"external_card_id,omitempty"`
	// PAN is the card's first six and last four digits.
	PAN    string `json:"pan,omitempty"`
	Status string `json:"status"`
	// Code is the reason, and behind a slash the detail where there is one. Of a row with several faults
	// it holds the codes of all, as Field and Message do, with semicolons between them.
	Code     string `json:"code,omitempty"`
	Field    string `json:"field,omitempty"`
	Message  string `json:"message,omitempty"`
	WhatToDo string `json:"what_to_do"`

	SrcDigitalCardID     string `json:"src_digital_card_id,omitempty"`
	SrcCorrelationID     string `json:"src_correlation_id,omitempty"`
	TokenUniqueReference string `json:"token_unique_reference,omitempty"`

	Attempts    int       `json:"attempts"`
	CompletedAt time.Time `json:"completed_at,omitzero"`

	codes []string // that the filter looks at
}

func (l *Line) fromJob(row store.Row) {
	l.ExternalConsumerID, l.ExternalCardID = row.ExternalConsumerID, row.ExternalCardID
	l.Status = string(row.Status)
	l.Field, l.Message = row.Failure.Field, row.Failure.Message
	l.SrcDigitalCardID, l.SrcCorrelationID = row.SrcDigitalCardID, row.SrcCorrelationID
	l.TokenUniqueReference = row.TokenUniqueReference
	l.Attempts, l.CompletedAt = row.Attempts, row.CompletedAt

	if row.PANLast4 != "" {
		l.PAN = row.PANFirst6 + "******" + row.PANLast4
	}

	l.Code = row.Failure.Reason
	if row.Failure.Detail != "" && row.Failure.Detail != row.Failure.Reason {
		l.Code += "/" + row.Failure.Detail
	}

	l.codes = []string{row.Failure.Reason, row.Failure.Detail}
}

// fromReject makes the line of a row that has no job.
func (l *Line) fromReject(reject store.Reject) {
	l.JobID, l.Status = "", StatusNotSent
	if reject.Line > 0 {
		l.Line = reject.Line
	}

	var fields, reasons []string

	for _, fault := range reject.Faults {
		l.codes = append(l.codes, fault.Code)
		fields = append(fields, fault.Field)
		reasons = append(reasons, fault.Reason)
	}

	l.Code, l.Field, l.Message = strings.Join(l.codes, ";"), strings.Join(fields, ";"), strings.Join(reasons, "; ")
}

// note remembers by which codes the line can be selected.
func (l *Line) note(codes map[string]bool) {
	for _, code := range l.codes {
		if code != "" && len(codes) < maxCodes {
			codes[code] = true
		}
	}
}
