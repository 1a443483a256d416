// Package jsontext says on which line of a file that a person wrote its JSON is broken.
package jsontext

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Check fails for a text that does not begin with a whole value of JSON. What stands behind the value is not looked at.
func Check(text []byte) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return errors.New("the file is empty")
	}

	var (
		value  json.RawMessage
		syntax *json.SyntaxError
	)

	decoder := json.NewDecoder(bytes.NewReader(text))

	err := decoder.Decode(&value)

	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: the file is not JSON: %w", LineAt(text, syntax.Offset), err)
	default: // the text ends
		return fmt.Errorf("line %d: the file ends in the middle", LineAt(text, int64(len(text))))
	}
}

// LineAt is the line, counted from one, of a place in a text. A place beyond the end is on the last line.
func LineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}
