package columns

import (
	"strings"

	"enroll.example/clicktopay/internal/bulk/records"
)

// Cleaned is the value of a cell without what is around it and not seen: blanks, characters of no width, and what keeps
// spreadsheets from making a number of it, an apostrophe in front of digits or a formula that is a text.
func Cleaned(cell string) string {
	value := strings.TrimFunc(cell, records.Unseen)
	if value == "" || value[0] != '=' && value[0] != '\'' {
		return value
	}

	if text, is := records.FormulaText(value); is {
		return strings.TrimFunc(text, records.Unseen)
	}

	if number, marked := strings.CutPrefix(value, "'"); marked && numeric(number) {
		return number
	}

	return value
}

// numeric reports whether a text is a number, a phone number or a date.
func numeric(text string) bool {
	return strings.ContainsAny(text, "0123456789") && strings.Trim(text, "0123456789 +-/.()") == ""
}
