package bulk

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

// problem is one thing that is wrong with a row. Its text holds no value of the row.
type problem struct {
	column string // as it is called in the file; empty for the row as a whole
	code   string
	reason string
}

// reject is a row that was not sent, and why: all its problems, in the order of
// its columns. Column, code and reason are those of all problems, joined.
type reject struct {
	row                  int64 // set by chunk.seal
	line                 int64
	column, code, reason string
	problems             []problem
	fields               []string // of the row in clear; nil where it cannot be told which column a value belongs to
}

// joiner joins what several problems of a row have.
const joiner = "; "

func newReject(record records.Record, fields []string, problems ...problem) *reject {
	r := &reject{line: record.Line, fields: fields, problems: problems}

	if len(problems) == 1 {
		r.column, r.code, r.reason = problems[0].column, problems[0].code, problems[0].reason
		return r
	}

	var columns, codes, reasons []string

	for _, p := range problems {
		columns, codes = append(columns, p.column), append(codes, p.code)
		reasons = append(reasons, p.column+" "+strings.ReplaceAll(p.reason, joiner, ", "))
	}

	r.column, r.code, r.reason = strings.Join(columns, joiner), strings.Join(codes, joiner), strings.Join(reasons, joiner)

	return r
}

// codes are those of its problems, each once.
func (r *reject) codes() []string {
	var all []string

	for _, p := range r.problems {
		if !slices.Contains(all, p.code) {
			all = append(all, p.code)
		}
	}

	return all
}

// What a row has that repeats one before it.
const (
	repeats        = "has the card and the consumer of "
	anEarlierRow   = "an earlier row"
	repeatsEarlier = repeats + anEarlierRow
)

// duplicateOf is the reject of a row that asks for the same as the row on an earlier line, 0 when that is not known.
func duplicateOf(record records.Record, fields []string, earlier int64) *reject {
	of := anEarlierRow
	if earlier > 0 {
		of = fmt.Sprintf("line %d", earlier)
	}

	return newReject(record, fields, problem{code: CodeDuplicate, reason: repeats + of})
}

// malformed is the problem of a record that has no fields to look at, or not the right number.
func malformed(fault records.Fault, have, want int) problem {
	switch fault {
	case records.TooLong:
		return problem{code: CodeTooLong, reason: fmt.Sprintf("the line is longer than %d KiB", records.MaxBytes>>10)}
	case records.BrokenQuotes:
		return problem{code: CodeBrokenQuotes, reason: "a double quote is not closed, or stands inside a value; " +
			"put quotes around the whole value and write a quote in it twice"}
	case records.NotJSON:
		return problem{code: string(jobs.ReasonNotJSON), reason: "the line is no JSON object, or has a member twice"}
	case records.TooDeep:
		return problem{code: CodeTooDeep, reason: fmt.Sprintf("the JSON object has more than %d levels", records.MaxDepth)}
	case records.NotUTF8:
		return problem{code: CodeNotUTF8, reason: "is not UTF-8; save the file as UTF-8"}
	case records.FieldCount, records.None:
	}

	advice := "put quotes around values with delimiters"
	if have < want {
		advice = "it was cut, or is no row, as a line at the end with a count: see --trailer"
	}

	return problem{code: CodeFieldCount, reason: fmt.Sprintf("the row has %d fields, the header has %d; %s", have, want, advice)}
}

// malformed is the problem of a record of the source. Where the number of fields is wrong, they often tell why.
func (l *layout) malformed(fault records.Fault, fields []string) problem {
	p := malformed(fault, len(fields), len(l.inputs))
	if fault != records.FieldCount {
		return p
	}

	switch {
	case l.namesIn(fields)*2 > len(fields):
		p = problem{code: CodeRepeatedHeader, reason: "is another header, of other columns than at the begin; make a file of each"}
	case contains(fields, "\x00"):
		p.reason = "has zero bytes in it, as a file that was not copied whole; get it again"
	case contains(fields, "\r"):
		p.reason = "has a carriage return in it that ends no line here, since other lines end in LF; end all lines alike"
	case slices.ContainsFunc(fields, decimalsOfExponent):
		p.reason = destroyedNumber
	}

	return p
}

func contains(fields []string, text string) bool {
	return slices.ContainsFunc(fields, func(field string) bool { return strings.Contains(field, text) })
}

// sealProblem is what pkg/jobs has found wrong with a row that the rules here have let through.
func (l *layout) sealProblem(p *jobs.Problem) problem {
	i, known := l.byMember[p.Field]

	switch {
	case !known:
		return problem{code: string(p.Reason), reason: p.Field + " " + p.Message}
	case p.Reason != jobs.ReasonInvalidField:
		return problem{column: l.inputName(i), code: string(p.Reason), reason: p.Message}
	default: // the schema's words are for programmers
		return problem{column: l.inputName(i), code: string(p.Reason), reason: l.columns[i].rule}
	}
}
