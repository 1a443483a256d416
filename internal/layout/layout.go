// Package layout fits tables and texts into the width of a terminal.
package layout

import (
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// narrowest is a width below which nothing is fitted: each line would hold a word.
const narrowest = 20

// Width is how many columns a reader of w sees: those of the terminal, else what COLUMNS says, else 0, which is any number.
func Width(w io.Writer) int {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return max(width, narrowest)
		}
	}

	if width, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && width > 0 {
		return max(width, narrowest)
	}

	return 0
}

// Wrap breaks the lines of a text that are wider than a width between words. What goes on is indented; behind a count it
// stands below the words.
func Wrap(text string, width int) string {
	if width <= 0 {
		return text
	}

	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = wrapLine(line, width)
	}

	return strings.Join(lines, "\n")
}

func wrapLine(line string, width int) string {
	if utf8.RuneCountInString(line) <= width {
		return line
	}

	begin := len(line) - len(strings.TrimLeft(line, " "))
	hanging := strings.Repeat(" ", min(hang(line, begin), width/2)) //nolint:mnd // half of a line is for words

	var b strings.Builder

	b.WriteString(line[:begin])

	column, words := begin, 0

	for _, word := range wordOfLine.FindAllString(line[begin:], -1) {
		if words > 0 && column+utf8.RuneCountInString(word) > width {
			b.WriteString("\n" + hanging)

			column, words, word = len(hanging), 0, strings.TrimLeft(word, " ")
		}

		b.WriteString(word)

		column += utf8.RuneCountInString(word)
		words++
	}

	return b.String()
}

// wordOfLine is a word and the blanks before it.
var wordOfLine = regexp.MustCompile(` *[^ ]+`)

// hang is the column at which a line goes on that begins at another.
func hang(line string, begin int) int {
	rest := strings.TrimLeft(line[begin:], "0123456789")
	count := len(line) - len(rest)

	if count > begin && strings.HasPrefix(rest, "  ") {
		return count + 2 //nolint:mnd // the blanks behind the count
	}

	return begin + 2 //nolint:mnd // the usual indent
}
