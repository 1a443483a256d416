package results

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"enroll.example/clicktopay/internal/formula"
)

// Encoder writes lines in some form.
type Encoder struct {
	encode func(Line) error
	flush  func() error
}

// Encode writes a line, or holds it back for a moment.
func (e Encoder) Encode(l Line) error { return e.encode(l) }

// Flush writes what is still held.
func (e Encoder) Flush() error { return e.flush() }

// The forms.
const (
	CSV   = "csv"
	JSONL = "jsonl"
)

// NewEncoder returns the encoder of a form. That of CSV writes the header at once.
func NewEncoder(form string, w io.Writer) (Encoder, error) {
	switch form {
	case CSV:
		table := csv.NewWriter(w)
		flush := func() error {
			table.Flush()
			return table.Error()
		}

		encode := func(l Line) error { return table.Write(formula.GuardAll(record(l))) }

		return Encoder{encode: encode, flush: flush}, table.Write(columns())
	case JSONL:
		objects := json.NewEncoder(w)
		objects.SetEscapeHTML(false)

		return Encoder{encode: func(l Line) error { return objects.Encode(l) }, flush: func() error { return nil }}, nil
	default:
		return Encoder{}, fmt.Errorf("there is no form %q; there are: %s, %s", form, CSV, JSONL)
	}
}

// columns are those of a CSV file, in their order. Their names are the members of JSON.
func columns() []string {
	return []string{
		"row", "line", "job_id", "external_consumer_id", "external_card_id", "pan", "status", "code", "field", "message",
		"what_to_do", "src_digital_card_id", "src_correlation_id", "token_unique_reference", "attempts", "completed_at",
	}
}

// record is the line as the columns have it.
func record(l Line) []string {
	line, completed := "", ""
	if l.Line > 0 {
		line = strconv.FormatInt(l.Line, 10)
	}

	if !l.CompletedAt.IsZero() {
		completed = l.CompletedAt.Format(time.RFC3339Nano)
	}

	return []string{
		strconv.FormatInt(l.Row, 10), line, l.JobID, l.ExternalConsumerID, l.ExternalCardID, l.PAN, l.Status, l.Code, l.Field,
		l.Message, l.WhatToDo, l.SrcDigitalCardID, l.SrcCorrelationID, l.TokenUniqueReference, strconv.Itoa(l.Attempts), completed,
	}
}
