package records

import (
	"bytes"
	"strings"
)

type state uint8

const (
	complete state = iota // the line ends the record
	open                  // the line ends inside quotes
	broken
)

// parser splits the lines of one record into fields.
type parser struct {
	delimiter byte
	done      []string
	quoted    bool            // inside quotes
	value     strings.Builder // of the quotes that are open
}

// feed takes the next line of the record, its line break included.
func (p *parser) feed(line []byte) state {
	for rest := string(withoutBreak(line)); ; {
		if !p.quoted {
			if text, ok := strings.CutPrefix(p.unindented(rest), `"`); ok {
				p.quoted, rest = true, text
				continue
			}

			value, text, more := rest, "", false
			if i := strings.IndexByte(rest, p.delimiter); i >= 0 {
				value, text, more = rest[:i], rest[i+1:], true
			}

			if strings.Contains(value, `"`) && !isFormulaText(value) {
				return broken
			}

			p.done = append(p.done, value)

			if !more {
				return complete
			}

			rest = text

			continue
		}

		value, text, closed := strings.Cut(rest, `"`)
		p.value.WriteString(value)

		switch {
		case !closed:
			p.value.WriteByte('\n')
			return open
		case strings.HasPrefix(text, `"`):
			p.value.WriteByte('"')
			rest = text[1:]
		case p.unindented(text) == "":
			p.end()
			return complete
		case p.unindented(text)[0] == p.delimiter:
			p.end()
			rest = p.unindented(text)[1:]
		default:
			return broken
		}
	}
}

// unindented passes over blanks beside a quoted value.
func (p *parser) unindented(rest string) string {
	if p.delimiter == '\t' {
		return strings.TrimLeft(rest, " ")
	}

	return strings.TrimLeft(rest, " \t")
}

// isFormulaText reports whether a value is a formula that is a text, ="5204…" or =("5204…"): so it is written to keep
// spreadsheets from making a number of it.
func isFormulaText(value string) bool {
	_, is := FormulaText(strings.TrimSpace(value))
	return is
}

// FormulaText returns the text of a formula that is nothing but a text.
func FormulaText(value string) (text string, is bool) {
	inner, found := strings.CutPrefix(value, "=")
	if !found {
		return value, false
	}

	if bracketed, open := strings.CutPrefix(inner, "("); open {
		if inner, found = strings.CutSuffix(bracketed, ")"); !found {
			return value, false
		}
	}

	if len(inner) < len(`""`) || inner[0] != '"' || inner[len(inner)-1] != '"' || strings.Contains(inner[1:len(inner)-1], `"`) {
		return value, false
	}

	return inner[1 : len(inner)-1], true
}

// end ends a quoted value.
func (p *parser) end() {
	p.done = append(p.done, p.value.String())
	p.value = strings.Builder{}
	p.quoted = false
}

// withoutBreak cuts LF or CRLF off, or the CR that is left where the stream ends in half a CRLF.
func withoutBreak(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
}
