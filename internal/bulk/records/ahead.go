package records

import (
	"strings"
)

// LinesAhead returns up to so many of the next lines, without their ends, and consumes nothing. There
// are fewer when the stream ends or fails, or when they are longer together than a record may be.
func (r *Reader) LinesAhead(most int) []string {
	var lines []string

	for at := 0; len(lines) < most; {
		next, err := r.lineAt(at)
		if err != nil {
			break
		}

		lines = append(lines, string(withoutBreak(r.text(at, next))))
		at = next
	}

	return lines
}

// TakeSeparator consumes the line sep=; that spreadsheets write and read before the header, if that is the next line
// with text, and returns what it says, "" for nothing that separates. What the stream ends in is for Next to say.
func (r *Reader) TakeSeparator() (separator string, found bool) {
	const key = "sep="

	for at := 0; ; {
		next, err := r.lineAt(at)
		if err != nil {
			return "", false
		}

		line := withoutBreak(r.text(at, next))
		at = next

		if isBlank(line, nil) {
			continue
		}

		said := strings.TrimLeft(string(line), "\ufeff\" ")
		if len(said) < len(key) || !strings.EqualFold(said[:len(key)], key) {
			return "", false
		}

		separator = separatorIn(said[len(key):])
		r.consume(at)

		return separator, true
	}
}

// separatorIn is what a text behind sep= says. It may stand in quotes, and have empty cells behind it, as where a spreadsheet
// has saved the file again: then their delimiter is the one that the file has now.
func separatorIn(text string) string {
	text = strings.Trim(strings.ReplaceAll(text, `\t`, "\t"), "\"' ")
	if text == "" {
		return ""
	}

	now := strings.Trim(strings.TrimLeft(text[1:], `"`), `"`)
	if now == "" {
		return text[:1]
	}

	if strings.Trim(now, now[:1]) != "" {
		return ""
	}

	return now[:1]
}
