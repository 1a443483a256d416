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
			if text, ok := strings.CutPrefix(rest, `"`); ok {
				p.quoted, rest = true, text
				continue
			}

			value, text, more := rest, "", false
			if i := strings.IndexByte(rest, p.delimiter); i >= 0 {
				value, text, more = rest[:i], rest[i+1:], true
			}

			if strings.Contains(value, `"`) {
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
		case text == "":
			p.end()
			return complete
		case text[0] == p.delimiter:
			p.end()
			rest = text[1:]
		default:
			return broken
		}
	}
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
