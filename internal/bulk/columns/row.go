package columns

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// Row is a record whose values are assigned to our columns.
type Row struct {
	// Fields are the values of the source's columns in clear; nil when the record is malformed.
	Fields []string
	// Values are those of our columns, "" for none.
	Values   []string
	Problems []Problem
}

// Examine takes a record apart and applies every rule. The error is about the
// source as a whole: a row has what none may have.
func (l *Layout) Examine(record records.Record, now ExpiryClock) (Row, error) {
	fields, fault, err := l.fields(record)
	if err != nil {
		return Row{}, err
	}

	if fault != records.None {
		return Row{Problems: []Problem{l.malformed(fault, record.Fields)}}, nil
	}

	if l.isOtherHeader(fields) {
		return Row{}, &cardfile.FileError{Source: l.file, Line: record.Line, Reason: "the line is another header, with columns in " +
			"another order, so the rows behind it mean something else; make a file of each"}
	}

	if l.repeatsHeader(fields) {
		return Row{Problems: []Problem{{
			Code: CodeRepeatedHeader, Reason: "is the header again, as where files were put one behind the other; remove the line",
		}}}, nil
	}

	r := Row{Fields: fields, Values: slices.Clone(l.constants)}
	invalid := l.fillValues(&r)
	l.validate(&r, invalid, now)

	if err := l.checkRunNames(record, pan.Unchecked(r.Values[ColumnPAN])); err != nil {
		return Row{}, err
	}

	slices.SortStableFunc(r.Problems, func(a, b Problem) int { return l.inputOrder(a) - l.inputOrder(b) })

	return r, nil
}

// fields returns the value of each input.
func (l *Layout) fields(record records.Record) ([]string, records.Fault, error) {
	if record.Fault != records.None || l.format == cardfile.CSV {
		return l.unguard(record.Fields), record.Fault, nil
	}

	members, fault := records.Members(record.Fields[0])
	if fault != records.None {
		return nil, fault, nil
	}

	fields, seen := make([]string, len(l.Inputs)), make([]bool, len(l.Inputs))

	for _, m := range members {
		i, known := l.byName[m.Path]
		if !known {
			return nil, records.None, &cardfile.FileError{Source: l.file, Line: record.Line, Reason: l.unknownMember(m.Path)}
		}

		if seen[i] || m.Other {
			return nil, records.NotJSON, nil
		}

		fields[i], seen[i] = m.Value, true
	}

	return fields, records.None, nil
}

// fillValues puts the values of the inputs where they belong. An empty one is absent. It
// returns the columns whose input has a fault of its own.
func (l *Layout) fillValues(r *Row) []bool {
	var invalid []bool

	for i, in := range l.Inputs {
		value := Cleaned(r.Fields[i])
		if in.unnamed != "" && value != "" {
			r.Problems = append(r.Problems, Problem{Code: CodeFieldCount, Reason: "has a value in " + in.unnamed + ", which has no name"})
		}

		if value == "" || len(in.feeds) == 0 || slices.Contains(l.null, value) {
			continue
		}

		made, p, ok := in.convertValue(value)
		if !ok {
			if invalid == nil {
				invalid = make([]bool, columnCount)
			}

			p.Column = in.Name
			r.Problems = append(r.Problems, p)
		}

		for n, column := range in.feeds {
			if ok {
				r.Values[column] = made[n]
			} else {
				invalid[column] = true
			}
		}
	}

	return invalid
}

// convertValue converts a value into those of the columns that it feeds, or says what is wrong with it.
func (in FileColumn) convertValue(value string) (made []string, p Problem, ok bool) {
	if p, ok = checkText(value); !ok {
		return nil, p, false
	}

	switch {
	case in.destroyed(value):
		return nil, Problem{Code: string(jobs.ReasonInvalidField), Reason: destroyedNumber}, false
	case notShown(value):
		return nil, Problem{Code: string(jobs.ReasonInvalidField), Reason: hidden}, false
	}

	if in.convert == nil {
		return []string{value}, p, true
	}

	if made, ok = in.convert(value); !ok {
		p = Problem{Code: string(jobs.ReasonInvalidField), Reason: in.reason(value)}
	}

	return made, p, ok
}

// checkText looks for what no text has.
func checkText(value string) (Problem, bool) {
	switch {
	case printableASCII(value): // nearly all are
		return Problem{}, true
	case !utf8.ValidString(value):
		return Problem{Code: CodeNotUTF8, Reason: "is not UTF-8; save the file as CSV UTF-8, or name its --encoding, " +
			"which submit inspect FILE helps to find"}, false
	case strings.ContainsRune(value, utf8.RuneError):
		return Problem{Code: CodeLostCharacter, Reason: "has a character that was lost when the file was converted (U+FFFD)"}, false
	case jobs.Hidden(value):
		return Problem{Code: CodeControlCharacter, Reason: "has a character in it that is not seen, as a blank of no width; remove it"},
			false
	case strings.ContainsFunc(value, unprintable):
		return Problem{Code: CodeControlCharacter, Reason: "has a control character in it"}, false
	default:
		return Problem{}, true
	}
}

// unprintable reports whether r is a control character that no text has. Line breaks and tabs occur in addresses.
func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

func printableASCII(value string) bool {
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return false
		}
	}

	return true
}
