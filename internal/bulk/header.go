package bulk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/pan"
)

// resolve says what a name in the source means. The place of the name, such as
// "column 3", is for messages.
func (l *layout) resolve(place, name string, m mapping.Mapping) (input, error) {
	if isRejectColumn(name) {
		return input{name: name, fromRejects: true}, nil
	}

	// Before the mapping: no mapping makes it right to keep a security code.
	if what, found := sensitive(name, m); found {
		return input{}, fmt.Errorf("%s, %q, is the card's %s: it must never be stored or sent; "+
			"remove it from the file%s", place, displayName(name), what, orPostal(what))
	}

	if i := slices.IndexFunc(m.Columns, func(c mapping.Column) bool { return c.From == name }); i >= 0 {
		return l.mapped(m.Columns[i]), nil
	}

	if slices.Contains(m.Ignore, name) {
		return input{name: name}, nil
	}

	if i := l.columnIndex(name); i >= 0 {
		return input{name: name, feeds: []int{i}}, nil
	}

	if name == "" {
		return input{}, fmt.Errorf("%s has no name; to leave it out, begin with: submit inspect FILE", place)
	}

	hint := ""
	if near := nearest(name, l.columns); near != "" {
		hint = fmt.Sprintf(" (is it %s?)", near)
	}

	return input{}, fmt.Errorf("%s, %q, is not known%s; known are %s; to map or ignore it, begin with: submit inspect FILE",
		place, displayName(name), hint, names(l.columns))
}

// cleanedName is a name of a header without what is around it and not seen.
func cleanedName(name string) string { return strings.TrimFunc(name, records.Unseen) }

// namedBehind reports whether a column of a header or one behind it has a name, other than those of rejects.
func namedBehind(header []string) bool {
	return slices.ContainsFunc(header, func(name string) bool { return cleanedName(name) != "" && !isRejectColumn(name) })
}

// orPostal is what else a PIN may be.
func orPostal(what string) string {
	if what != pinOfCard {
		return ""
	}

	return ", or, when it is a postal code, map it to zip"
}

// unknownMember says what a member is that no input stands for.
func (l *layout) unknownMember(path string) string {
	if _, err := l.resolve("a member", path, mapping.Mapping{}); err != nil {
		return err.Error()
	}

	return fmt.Sprintf("a member, %q, is one of ours, and the mapping feeds that from somewhere else", displayName(path))
}

func (l *layout) mapped(c mapping.Column) input {
	in := input{name: c.From}
	for _, name := range c.To {
		in.feeds = append(in.feeds, l.columnIndex(name))
	}

	if conversion, found := c.Conversion(); found {
		in.convert, in.reason = conversion.Make, conversion.Reason
	}

	return in
}

// checkHeaderText looks for what makes a first line no header at all.
func checkHeaderText(header []string, delimiter byte) error {
	text := strings.Join(header, ",")

	switch {
	case !utf8.ValidString(text):
		return errors.New("the header is not UTF-8; save the file as CSV UTF-8, or say --encoding latin1")
	case strings.Contains(text, "\r"):
		return errors.New("the header has a carriage return inside, and other lines end in another way; end all lines with LF or CRLF")
	case pan.Contains(text):
		return errors.New("the first line holds a card number and is no header; begin the file with a line of column names")
	}

	for _, other := range []struct{ separator, called string }{
		{",", "commas"}, {";", "semicolons"}, {"\t", "tabs"}, {"|", "vertical bars"},
	} {
		if len(header) == 1 && other.separator[0] != delimiter && strings.Contains(text, other.separator) {
			return fmt.Errorf("the header is one column with %s in it, and the delimiter is %s", other.called, delimiterName(delimiter))
		}
	}

	if len(header) == 1 && strings.IndexByte(text, delimiter) >= 0 {
		return errors.New("each line stands in quotes as a whole; remove these quotes, so that the values stand by themselves")
	}

	if strings.ContainsFunc(text, unicode.IsControl) {
		return errors.New("the header has control characters in it; the file is no CSV text")
	}

	return nil
}

// delimiterName is what people call a delimiter.
func delimiterName(delimiter byte) string {
	switch delimiter {
	case ',':
		return "a comma"
	case ';':
		return "a semicolon"
	case '\t':
		return "a tab"
	default:
		return "a vertical bar"
	}
}
