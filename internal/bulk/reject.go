package bulk

import (
	"fmt"

	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/jobs"
)

// Codes of rejects that are about the form of a row. The others are those of pkg/jobs.
const (
	CodeTooLong          = "TOO_LONG"
	CodeBrokenQuotes     = "BROKEN_QUOTES"
	CodeFieldCount       = "FIELD_COUNT"
	CodeNotUTF8          = "NOT_UTF8"
	CodeControlCharacter = "CONTROL_CHARACTER"
)

// reject is a row that was not sent, and why. Its text holds no value of the row.
type reject struct {
	row    int64 // set by chunk.seal
	line   int64
	column string // empty for the row as a whole
	code   string
	reason string
	fields []string // of the row in clear; nil where it cannot be told which column a value belongs to
}

// malformed is the reject of a record that has no fields to look at, or not the right number.
func malformed(record records.Record, want int) *reject {
	r := &reject{line: record.Line}

	switch record.Fault {
	case records.TooLong:
		r.code = CodeTooLong
		r.reason = fmt.Sprintf("the line is longer than %d KiB", records.MaxBytes>>10)
	case records.BrokenQuotes:
		r.code = CodeBrokenQuotes
		r.reason = "a double quote is not closed, or stands inside a value; " +
			"put quotes around the whole value and write a quote in it twice"
	default:
		r.code = CodeFieldCount
		r.reason = fmt.Sprintf("the row has %d fields, the header has %d; put quotes around values with commas",
			len(record.Fields), want)
	}

	return r
}

// refused is the reject of a row with a problem that pkg/jobs has found.
func (l layout) refused(record records.Record, p *jobs.Problem) *reject {
	r := &reject{line: record.Line, code: string(p.Reason), fields: record.Fields}

	c, known := l.byMember[p.Field]

	switch {
	case !known:
		r.reason = p.Field + " " + p.Message
	case p.Reason != jobs.ReasonInvalidField:
		r.column, r.reason = c.name, p.Message
	case l.value(record, c) == "": // part of something of which other parts are there
		r.column, r.reason = c.name, c.missing()
	default: // the schema's words are for programmers
		r.column, r.reason = c.name, c.rule
	}

	return r
}
