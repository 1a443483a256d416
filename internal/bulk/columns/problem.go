package columns

import (
	"fmt"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/jobs"
)

// Codes of rejects that are about the form of a row, or about other rows. The others are those of pkg/jobs.
const (
	CodeTooLong          = "TOO_LONG"
	CodeBrokenQuotes     = "BROKEN_QUOTES"
	CodeFieldCount       = "FIELD_COUNT"
	CodeTooDeep          = "TOO_DEEP"
	CodeNotUTF8          = "NOT_UTF8"
	CodeLostCharacter    = "LOST_CHARACTER"
	CodeControlCharacter = "CONTROL_CHARACTER"
	CodeDuplicate        = "DUPLICATE"
	CodeRepeatedHeader   = "REPEATED_HEADER"
)

// Problem is one thing that is wrong with a row. Its text holds no value of the row.
type Problem struct {
	Column string // as it is called in the file; empty for the row as a whole
	Code   string
	Reason string
}

// malformed is the problem of a record that has no fields to look at, or not the right number.
func malformed(fault records.Fault, have, want int) Problem {
	switch fault {
	case records.TooLong:
		return Problem{Code: CodeTooLong, Reason: fmt.Sprintf("the line is longer than %d KiB", records.MaxBytes>>10)}
	case records.BrokenQuotes:
		return Problem{Code: CodeBrokenQuotes, Reason: "a double quote is not closed, or stands inside a value; " +
			"put quotes around the whole value and write a quote in it twice"}
	case records.NotJSON:
		return Problem{Code: string(jobs.ReasonNotJSON), Reason: "the line is no JSON object, or has a member twice"}
	case records.TooDeep:
		return Problem{Code: CodeTooDeep, Reason: fmt.Sprintf("the JSON object has more than %d levels", records.MaxDepth)}
	case records.NotUTF8:
		return Problem{Code: CodeNotUTF8, Reason: "is not UTF-8; save the file as UTF-8, or name its --encoding"}
	case records.FieldCount, records.None:
	}

	advice := "put quotes around values with delimiters"
	if have < want {
		advice = "it was cut, or is no row, as a line at the end with a count: see --trailer"
	}

	return Problem{Code: CodeFieldCount, Reason: fmt.Sprintf("the row has %d fields, the header has %d; %s", have, want, advice)}
}

// malformed is the problem of a record of the source. Where the number of fields is wrong, they often tell why.
func (l *Layout) malformed(fault records.Fault, fields []string) Problem {
	p := malformed(fault, len(fields), len(l.Inputs))
	if fault != records.FieldCount {
		return p
	}

	switch {
	case l.namesIn(fields)*2 > len(fields):
		p = Problem{Code: CodeRepeatedHeader, Reason: "is another header, of other columns than at the begin; make a file of each"}
	case contains(fields, "\x00"):
		p.Reason = "has zero bytes in it, as a file that was not copied whole; get it again"
	case contains(fields, "\r"):
		p.Reason = "has a carriage return in it that ends no line here, since other lines end in LF; end all lines alike"
	case slices.ContainsFunc(fields, decimalsOfExponent):
		p.Reason = destroyedNumber
	}

	return p
}

func contains(fields []string, text string) bool {
	return slices.ContainsFunc(fields, func(field string) bool { return strings.Contains(field, text) })
}

// SealProblem translates a problem that pkg/jobs has found in a row that passed the rules here.
func (l *Layout) SealProblem(p *jobs.Problem) Problem {
	i, known := l.byMember[p.Field]

	switch {
	case !known:
		return Problem{Code: string(p.Reason), Reason: p.Field + " " + p.Message}
	case p.Reason != jobs.ReasonInvalidField:
		return Problem{Column: l.inputName(i), Code: string(p.Reason), Reason: p.Message}
	default: // the schema's words are for programmers
		return Problem{Column: l.inputName(i), Code: string(p.Reason), Reason: l.Columns[i].rule}
	}
}
