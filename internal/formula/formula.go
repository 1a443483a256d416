// Package formula keeps spreadsheets from running cells of CSV files as formulas.
package formula

import (
	"strings"
	"unicode"
)

// mark stands in front of a cell that spreadsheets would take for a formula. They show the rest as text.
const mark = "'"

// Guard puts an apostrophe in front of a cell that a spreadsheet could take for a formula: one that begins with =, +, - or @, a
// tab or a line break, also behind blanks or apostrophes (OWASP, CSV injection). Unguard takes it off again, from exactly
// those cells.
func Guard(cell string) string {
	if begins(cell) {
		return mark + cell
	}

	return cell
}

// GuardAll guards every cell of a row in place, and returns it.
func GuardAll(row []string) []string {
	for i, cell := range row {
		row[i] = Guard(cell)
	}

	return row
}

// Unguard is the cell that Guard was given.
func Unguard(cell string) string {
	if rest, marked := strings.CutPrefix(cell, mark); marked && begins(rest) {
		return rest
	}

	return cell
}

// begins reports whether a cell begins as a formula does.
func begins(cell string) bool {
	rest := strings.TrimLeftFunc(cell, func(r rune) bool {
		return r == '\'' || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})

	return strings.ContainsAny(cell[:len(cell)-len(rest)], "\t\r\n") ||
		rest != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(rest)[0])
}
