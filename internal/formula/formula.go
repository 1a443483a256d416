// Package formula keeps spreadsheets from running cells of CSV files as formulas.
package formula

import (
	"strings"
	"unicode"
)

// mark stands in front of a text that spreadsheets would take for a formula. They show the rest as text.
const mark = "'"

// separators are what a spreadsheet may take for the end of a cell, whatever the file says: one that is set up for
// semicolons cuts x;=1 in a file of commas in two, and quotes inside a line do not keep it from that.
const separators = ",;|\t\r\n"

// Guard puts an apostrophe in front of a cell that a spreadsheet could take for a formula: one that begins with =, +, - or @, a
// tab or a line break, also behind blanks or apostrophes (OWASP, CSV injection). It puts one behind each separator in the cell
// behind which a formula begins likewise. Unguard takes them off again, and no others.
func Guard(cell string) string {
	guarded := parts(cell, func(part string) string {
		if isFormula(part) {
			return mark + part
		}

		return part
	})

	if begins(cell) {
		return mark + guarded
	}

	return guarded
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
	own := parts(cell, func(part string) string {
		if rest, marked := strings.CutPrefix(part, mark); marked && isFormula(rest) {
			return rest
		}

		return part
	})

	if rest, marked := strings.CutPrefix(own, mark); marked && begins(rest) {
		return rest
	}

	return own
}

// UnguardAll is the row that GuardAll was given.
func UnguardAll(row []string) []string {
	own := make([]string, len(row))
	for i, cell := range row {
		own[i] = Unguard(cell)
	}

	return own
}

// parts changes what is behind each separator of a cell.
func parts(cell string, change func(part string) string) string {
	at := strings.IndexAny(cell, separators)
	if at < 0 {
		return cell
	}

	var changed strings.Builder

	for rest := cell; ; {
		changed.WriteString(rest[:at+1])
		rest = rest[at+1:]

		if at = strings.IndexAny(rest, separators); at < 0 {
			changed.WriteString(change(rest))
			return changed.String()
		}

		part := change(rest[:at])
		changed.WriteString(part)
		rest, at = rest[at:], 0
	}
}

// begins reports whether a cell begins as a formula does, or with what some spreadsheets skip before one.
func begins(cell string) bool {
	rest := strings.TrimLeftFunc(cell, skipped)

	return strings.ContainsAny(cell[:len(cell)-len(rest)], "\t\r\n") || first(rest)
}

// isFormula is begins for what stands behind a separator, where a quote can be skipped as well.
func isFormula(part string) bool {
	return first(strings.TrimLeftFunc(part, func(r rune) bool { return r == '"' || skipped(r) }))
}

func skipped(r rune) bool {
	return r == '\'' || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

func first(text string) bool {
	return text != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(text)[0])
}
