package records

import (
	"errors"
	"io"
)

// EndsWith sets what tells the record that ends the stream, such as a trailer with the number of
// rows, by its line. It is asked about lines that begin a record, may be asked about
// one more than once, and counts only on the last line that has text. That line is no record.
func (r *Reader) EndsWith(is func(line []byte) bool) { r.ends = is }

// EndedOn returns the line of what ends the stream, 0 while it was not met.
func (r *Reader) EndedOn() int64 { return r.endedOn }

// Unended returns, once the stream has been read to its end, the last line if it has no line break.
func (r *Reader) Unended() (line int64, is bool) {
	return r.line, r.last != 0 && r.last != '\n' && r.last != '\r'
}

// followed reports whether there is text behind the line of that length. What cannot be told is text.
func (r *Reader) followed(length int, delimiters []byte) bool {
	for at := length; ; {
		next, err := r.lineAt(at)

		switch {
		case errors.Is(err, io.EOF):
			return false
		case err != nil, !isBlank(withoutBreak(r.text(at, next)), delimiters):
			return true
		}

		at = next
	}
}
