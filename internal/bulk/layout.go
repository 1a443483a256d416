package bulk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/pan"
)

// layout is what the header row says about the rows below it.
type layout struct {
	// columns are those of the file, in its order. One without a name is passed over.
	columns []column
	// byMember finds the column of the member that a jobs.Problem names.
	byMember map[string]column
}

// newLayout reads the header row. The error says in a sentence what is wrong with it and what to do.
func newLayout(header []string) (layout, error) {
	if err := checkHeaderText(header); err != nil {
		return layout{}, err
	}

	known := columns()
	l := layout{byMember: make(map[string]column, len(known))}

	for i, name := range header {
		c, err := find(strings.TrimSpace(name), i+1, known)
		if err != nil {
			return layout{}, err
		}

		if c.name != "" && slices.ContainsFunc(l.columns, func(other column) bool { return other.name == c.name }) {
			return layout{}, fmt.Errorf("the column %s is there twice", c.name)
		}

		l.columns = append(l.columns, c)
	}

	for _, c := range known {
		if c.required && !slices.ContainsFunc(l.columns, func(other column) bool { return other.name == c.name }) {
			return layout{}, fmt.Errorf("the column %s is missing; required are %s", c.name, names(required(known)))
		}

		l.byMember[c.member] = c
	}

	return l, nil
}

// find returns the column of a name in the header.
func find(name string, number int, known []column) (column, error) {
	if isRejectColumn(name) {
		return column{}, nil
	}

	if i := slices.IndexFunc(known, func(c column) bool { return c.name == name }); i >= 0 {
		return known[i], nil
	}

	switch {
	case isSecurityCode(name):
		return column{}, fmt.Errorf("column %d, %q, is the card's security code: it must never be stored or sent; "+
			"remove the column from the file", number, shown(name))
	case name == "":
		return column{}, fmt.Errorf("column %d has no name", number)
	}

	hint := ""
	if near := nearest(name, known); near != "" {
		hint = fmt.Sprintf(" (is it %s?)", near)
	}

	return column{}, fmt.Errorf("column %d, %q, is not known%s; known are %s", number, shown(name), hint, names(known))
}

// checkHeaderText looks for what makes a first line no header at all.
func checkHeaderText(header []string) error {
	text := strings.Join(header, ",")

	switch {
	case !utf8.ValidString(text):
		return errors.New("the header is not UTF-8; save the file as CSV UTF-8")
	case pan.Contains(text):
		return errors.New("the first line holds a card number and is no header; begin the file with a line of column names")
	}

	for _, other := range []struct{ separator, called string }{{";", "semicolons"}, {"\t", "tabs"}, {"|", "vertical bars"}} {
		if len(header) == 1 && strings.Contains(text, other.separator) {
			return fmt.Errorf("the header is one column with %s in it; separate the columns by commas", other.called)
		}
	}

	switch {
	case strings.Contains(text, "\r"):
		return errors.New("the header has a carriage return inside; end lines with LF or CRLF")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("the header has control characters in it; the file is no CSV text")
	}

	return nil
}

// value is what a row has in a column, "" when there is no such column.
func (l layout) value(record records.Record, c column) string {
	i := slices.IndexFunc(l.columns, func(other column) bool { return other.name == c.name })
	if i < 0 {
		return ""
	}

	return strings.TrimSpace(record.Fields[i])
}

func required(known []column) []column {
	return slices.DeleteFunc(slices.Clone(known), func(c column) bool { return !c.required })
}

func names(of []column) string {
	var all []string
	for _, c := range of {
		all = append(all, c.name)
	}

	return strings.Join(all, ", ")
}
