package columns

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/text"
	"enroll.example/clicktopay/pkg/pan"
)

// resolve says what a name in the source means. The place of the name, such as
// "column 3", is for messages.
func (l *Layout) resolve(place, name string, m mapping.Mapping) (FileColumn, error) {
	if IsRejectColumn(name) {
		return FileColumn{Name: name, FromRejects: true}, nil
	}

	// Before the mapping: no mapping makes it right to keep a security code.
	if what, found := Sensitive(name, m); found {
		return FileColumn{}, fmt.Errorf("%s, %q, is the card's %s: it must never be stored or sent; "+
			"remove it from the file%s", place, DisplayName(name), what, OrPostal(what))
	}

	if i := slices.IndexFunc(m.Columns, func(c mapping.Column) bool { return c.From == name }); i >= 0 {
		return l.mapped(m.Columns[i]), nil
	}

	if slices.Contains(m.Ignore, name) {
		return FileColumn{Name: name}, nil
	}

	if i := l.ColumnIndex(name); i >= 0 {
		return FileColumn{Name: name, feeds: []int{i}}, nil
	}

	if name == "" {
		return FileColumn{}, fmt.Errorf("%s has no name; to leave it out, begin with: submit inspect FILE", place)
	}

	hint := ""
	if near := nearest(name, l.Columns); near != "" {
		hint = fmt.Sprintf(" (is it %s?)", near)
	}

	return FileColumn{}, fmt.Errorf("%s, %q, is not known%s; known are %s; to map or ignore it, begin with: submit inspect FILE",
		place, DisplayName(name), hint, names(l.Columns))
}

// CleanedName is a name of a header without surrounding blanks and invisible characters.
func CleanedName(name string) string { return strings.TrimFunc(name, records.Unseen) }

// NamedBehind reports whether any of these columns has a name, other than those of a rejects file.
func NamedBehind(header []string) bool {
	return slices.ContainsFunc(header, func(name string) bool { return CleanedName(name) != "" && !IsRejectColumn(name) })
}

// OrPostal adds to the advice on a PIN that it may be a postal code.
func OrPostal(what string) string {
	if what != pinOfCard {
		return ""
	}

	return ", or, when it is a postal code, map it to zip"
}

// unknownMember says what a member is that no input stands for.
func (l *Layout) unknownMember(path string) string {
	if _, err := l.resolve("a member", path, mapping.Mapping{}); err != nil {
		return err.Error()
	}

	return fmt.Sprintf("a member, %q, is one of ours, and the mapping feeds that from somewhere else", DisplayName(path))
}

func (l *Layout) mapped(c mapping.Column) FileColumn {
	in := FileColumn{Name: c.From}
	for _, name := range c.To {
		in.feeds = append(in.feeds, l.ColumnIndex(name))
	}

	if conversion, found := c.Conversion(); found {
		in.convert, in.reason = conversion.Make, conversion.Reason
	}

	return in
}

// neverInText are control characters that files other than texts have.
func neverInText(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r'
}

// readings show the words of a header that is not UTF-8 in the encodings that are likely.
func readings(header []string) string {
	var all []string

	for _, reading := range text.Readings(header) {
		all = append(all, reading.String())
	}

	if len(all) == 0 {
		return ""
	}

	return ", by what its words would be (" + strings.Join(all, "; ") + ")"
}

// CheckHeaderText looks for what makes a first line no header at all.
func CheckHeaderText(header []string, delimiter byte) error {
	line := strings.Join(header, ",")

	switch {
	case strings.ContainsFunc(line, neverInText):
		return errors.New("the header has control characters in it; the file is no CSV text")
	case !utf8.ValidString(line):
		return errors.New("the header is not UTF-8; save the file as CSV UTF-8, or name its --encoding" + readings(header))
	case strings.Contains(line, "\r"):
		return errors.New("the header has a carriage return inside, and other lines end in another way; end all lines with LF or CRLF")
	case pan.Contains(line):
		return errors.New("the first line holds a card number and is no header; begin the file with a line of column names")
	}

	for _, other := range []struct{ separator, called string }{
		{",", "commas"}, {";", "semicolons"}, {"\t", "tabs"}, {"|", "vertical bars"},
	} {
		if len(header) == 1 && other.separator[0] != delimiter && strings.Contains(line, other.separator) {
			return fmt.Errorf("the header is one column with %s in it, and the delimiter is %s",
				other.called, cardfile.DelimiterName(delimiter))
		}
	}

	if len(header) == 1 && strings.IndexByte(line, delimiter) >= 0 {
		return errors.New("each line stands in quotes as a whole; remove these quotes, so that the values stand by themselves")
	}

	if strings.ContainsFunc(line, unicode.IsControl) {
		return errors.New("the header has control characters in it; the file is no CSV text")
	}

	return nil
}
