package records

import (
	"bytes"
	"errors"
	"io"
)

// Delimiters are what can stand between values, the usual one first.
func Delimiters() []byte { return []byte{',', ';', '\t', '|'} }

// DelimitersAhead returns those of the delimiters that occur outside quotes in
// the next line that has text, and consumes nothing of it. Of a line that is too
// long, or when there is none, it returns none: Next will say so.
func (r *Reader) DelimitersAhead() ([]byte, error) {
	length, err := r.lineWithText(Delimiters())

	switch {
	case errors.Is(err, errTooLong), errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	}

	return delimitersIn(r.text(0, length)), nil
}

// delimitersIn looks at what is outside quotes. A quote that is written twice opens and closes, which comes to the same.
func delimitersIn(line []byte) []byte {
	var outside []byte

	for i, part := range bytes.Split(line, []byte{'"'}) {
		if i%2 == 0 {
			outside = append(outside, part...)
		}
	}

	var found []byte

	for _, delimiter := range Delimiters() {
		if bytes.IndexByte(outside, delimiter) >= 0 {
			found = append(found, delimiter)
		}
	}

	return found
}
