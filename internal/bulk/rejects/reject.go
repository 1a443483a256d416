package rejects

import (
	"fmt"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/records"
)

// Reject is a row that was not sent, and why: all its problems, in the order of
// its columns. Column, code and reason are those of all problems, joined.
type Reject struct {
	Row                  int64 // set by chunk.seal
	Line                 int64
	column, code, reason string
	Problems             []columns.Problem
	fields               []string // of the row in clear; nil where it cannot be told which column a value belongs to
}

// joiner joins what several problems of a row have.
const joiner = "; "

func New(record records.Record, fields []string, problems ...columns.Problem) *Reject {
	r := &Reject{Line: record.Line, fields: fields, Problems: problems}

	if len(problems) == 1 {
		r.column, r.code, r.reason = problems[0].Column, problems[0].Code, problems[0].Reason
		return r
	}

	var columns, codes, reasons []string

	for _, p := range problems {
		columns, codes = append(columns, p.Column), append(codes, p.Code)
		reasons = append(reasons, p.Column+" "+strings.ReplaceAll(p.Reason, joiner, ", "))
	}

	r.column, r.code, r.reason = strings.Join(columns, joiner), strings.Join(codes, joiner), strings.Join(reasons, joiner)

	return r
}

// Codes returns the codes of its problems, each once.
func (r *Reject) Codes() []string {
	var all []string

	for _, p := range r.Problems {
		if !slices.Contains(all, p.Code) {
			all = append(all, p.Code)
		}
	}

	return all
}

// What a row has that repeats one before it.
const (
	repeats        = "has the card and the consumer of "
	anEarlierRow   = "an earlier row"
	RepeatsEarlier = repeats + anEarlierRow
)

// Duplicate is the reject of a row that asks for the same as the row on an earlier line, 0 when that is not known.
func Duplicate(record records.Record, fields []string, earlier int64) *Reject {
	of := anEarlierRow
	if earlier > 0 {
		of = fmt.Sprintf("line %d", earlier)
	}

	return New(record, fields, columns.Problem{Code: columns.CodeDuplicate, Reason: repeats + of})
}
