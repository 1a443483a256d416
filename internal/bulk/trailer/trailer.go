// Package trailer reads the record at the end of a file that says how many rows the file has.
package trailer

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Form is how a file's trailer record is written. A nil form is that of a file without one.
type Form struct {
	pattern string
	is      *regexp.Regexp
	// more is how many records beside the rows the number counts.
	more int64
}

const (
	// number is what stands for the count: up to twelve digits, so that no card number is taken for one.
	number = ` *0*([0-9]{1,12}) *`
	// padding is what programs leave behind the last value of a record that is shorter than the others.
	padding = " ,;\t|"
)

// Parse reads the form of a trailer record.
//
// Of T;{rows} everything is as written, {rows} stands for the count and * for any text. {rows+1} is
// a count that has one record more than there are rows, such as the trailer itself. A form without
// {rows} is how the record begins, and the first number behind that is the count.
func Parse(pattern string) (*Form, error) {
	if strings.TrimSpace(pattern) == "" {
		return nil, errors.New("is empty; write the trailer record with {rows} for the count, such as T;{rows}")
	}

	f := &Form{pattern: pattern}

	var (
		expression strings.Builder
		counts     int
	)

	expression.WriteString("^")

	at := 0
	for _, place := range regexp.MustCompile(`\{([a-z]+)(?:\+([0-9]))?\}`).FindAllStringSubmatchIndex(pattern, -1) {
		if name := pattern[place[2]:place[3]]; name != "rows" {
			return nil, fmt.Errorf("{%s} is not known; known are {rows} for the count, and {rows+1} to {rows+9} "+
				"for one that counts further records", name)
		}

		if place[4] >= 0 {
			f.more = int64(pattern[place[4]] - '0')
		}

		counts++

		expression.WriteString(literal(pattern[at:place[0]]) + number)

		at = place[1]
	}

	expression.WriteString(literal(pattern[at:]))

	switch counts {
	case 0:
		expression.WriteString("[^0-9]*?" + number + "(?:[^0-9].*)?")
	case 1:
	default:
		return nil, errors.New("has more than one {rows}")
	}

	expression.WriteString("$")

	f.is = regexp.MustCompile(expression.String()) // made of quoted text and our own parts

	return f, nil
}

// literal is text that is as it is written, but for *.
func literal(text string) string {
	parts := strings.Split(text, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}

	return strings.Join(parts, ".*?")
}

// Rows returns the number of rows that a line without its end says the file has. False means that it is no trailer record.
func (f *Form) Rows(line string) (rows int64, is bool) {
	if f == nil {
		return 0, false
	}

	bare := strings.TrimRight(line, padding)

	for _, text := range []string{line, bare, strings.ReplaceAll(line, `"`, ""), strings.ReplaceAll(bare, `"`, "")} {
		found := f.is.FindStringSubmatch(text)
		if found == nil {
			continue
		}

		count, err := strconv.ParseInt(found[1], 10, 64)

		return count - f.more, err == nil
	}

	return 0, false
}

// String is the form as it was given.
func (f *Form) String() string {
	if f == nil {
		return ""
	}

	return f.pattern
}
