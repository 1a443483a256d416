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

// TakeSeparator consumes the line sep=; that spreadsheets write and read before the header, if that is what comes
// next, and returns what it says. What the stream ends in is for Next to say.
func (r *Reader) TakeSeparator() (separator string, found bool) {
	const key = "sep="

	lines := r.LinesAhead(1)
	if len(lines) == 0 {
		return "", false
	}

	line := strings.Trim(lines[0], `"`)
	if len(line) <= len(key) || len(line) > len(key)+len(`\t`) || !strings.EqualFold(line[:len(key)], key) {
		return "", false
	}

	length, _ := r.lineAt(0) // it has been there
	r.consume(length)

	return strings.ReplaceAll(line[len(key):], `\t`, "\t"), true
}
