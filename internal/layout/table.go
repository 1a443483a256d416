package layout

import (
	"strings"
	"unicode/utf8"
)

// Table lays rows out below their header in columns where these fit into the width, else each row as a paragraph: its first
// cell and its last, which says how it stands, then the others with their names. A width of 0 fits everything.
func Table(width int, header []string, rows [][]string) string {
	var b strings.Builder

	if !Fits(width, header, rows) {
		for _, row := range rows {
			b.WriteString(paragraph(width, header, row))
		}

		return b.String()
	}

	widths := widest(header, rows)
	for _, row := range append([][]string{header}, rows...) {
		b.WriteString(columns(widths, row))
	}

	return b.String()
}

// Fits reports whether a table has columns at that width, for those who have a better form for what does not fit.
func Fits(width int, header []string, rows [][]string) bool {
	total := gap * (len(header) - 1)
	for _, w := range widest(header, rows) {
		total += w
	}

	return width <= 0 || total <= width
}

// widest are the widths of the columns.
func widest(header []string, rows [][]string) []int {
	widths := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}

	return widths
}

const gap = 2 // blanks between columns

func columns(widths []int, row []string) string {
	var b strings.Builder

	for i, cell := range row {
		b.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+gap))
	}

	return strings.TrimRight(b.String(), " ") + "\n"
}

func paragraph(width int, header, row []string) string {
	last := len(row) - 1

	var fields []string

	for i := 1; i < last; i++ {
		if row[i] != "" && row[i] != "-" {
			fields = append(fields, strings.ToLower(header[i])+" "+row[i])
		}
	}

	text := Wrap(row[0]+": "+row[last], width) + "\n"
	if len(fields) > 0 {
		text += hangAll(width, strings.Join(fields, ", ")) + "\n"
	}

	return text
}

// hangAll wraps a text of which each line is indented alike.
func hangAll(width int, text string) string {
	const indent = "  "

	lines := strings.Split(Wrap(text, width-len(indent)), "\n")
	for i, line := range lines {
		lines[i] = indent + strings.TrimLeft(line, " ")
	}

	return strings.Join(lines, "\n")
}
