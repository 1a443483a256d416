package bulk

import (
	"strings"
	"unicode"

	"enroll.example/clicktopay/internal/bulk/records"
)

// cleaned is the value of a cell without what is around it and not seen: blanks, characters of no width, and what keeps
// spreadsheets from making a number of it, an apostrophe in front of digits or a formula that is a text.
func cleaned(cell string) string {
	value := strings.TrimFunc(cell, unseen)
	if value == "" || value[0] != '=' && value[0] != '\'' {
		return value
	}

	if text, is := records.FormulaText(value); is {
		return strings.TrimFunc(text, unseen)
	}

	if number, marked := strings.CutPrefix(value, "'"); marked && numeric(number) {
		return number
	}

	return value
}

// unseen reports whether a character is a blank or has no width.
func unseen(r rune) bool { return unicode.IsSpace(r) || invisible(r) }

// invisible reports whether a character of a text is not seen: of no width, a mark of the direction or of the byte order.
func invisible(r rune) bool {
	const softHyphen, joiner, hangulFiller = '\u00ad', '\u034f', '\u3164'

	return r > unicode.MaxASCII &&
		(unicode.Is(unicode.Cf, r) || r == softHyphen || r == joiner || r == hangulFiller || unicode.Is(unicode.Variation_Selector, r))
}

// numeric reports whether a text is a number, a phone number or a date.
func numeric(text string) bool {
	return strings.ContainsAny(text, "0123456789") && strings.Trim(text, "0123456789 +-/.()") == ""
}

// isHeaderAgain reports whether a row is the header once more, as where files were put one behind the other.
func (l *layout) isHeaderAgain(fields []string) bool {
	if l.format != CSV || len(fields) != len(l.inputs) || !strings.EqualFold(cleaned(fields[0]), l.inputs[0].name) {
		return false
	}

	for i, in := range l.inputs {
		if !strings.EqualFold(cleaned(fields[i]), strings.TrimFunc(in.name, unseen)) {
			return false
		}
	}

	return true
}
