package profile

import (
	"bytes"
	"encoding/json"
	"fmt"
)

const mostDepth = 20

// level is an object or array that a document is in.
type level struct {
	names map[string]bool // nil in an array
	key   bool            // the next token is a name
}

// noTwins refuses a document in which an object has a member twice: the last would silently win.
func noTwins(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))

	var levels []*level

	for {
		token, err := decoder.Token()
		if err != nil {
			return nil //nolint:nilerr // what is no JSON is told by who decodes it
		}

		if levels, err = enter(levels, token); err != nil {
			return fmt.Errorf("line %d: %w", lineAt(text, decoder.InputOffset()), err)
		}
	}
}

// enter returns the levels after a token.
func enter(levels []*level, token json.Token) ([]*level, error) {
	switch token {
	case json.Delim('{'):
		levels = append(levels, &level{names: map[string]bool{}, key: true})
	case json.Delim('['):
		levels = append(levels, &level{})
	case json.Delim('}'), json.Delim(']'):
		levels = levels[:len(levels)-1]
		valueEnded(levels)
	default:
		return levels, name(levels, token)
	}

	if len(levels) > mostDepth {
		return levels, fmt.Errorf("it is nested deeper than %d levels", mostDepth)
	}

	return levels, nil
}

// name notes a token that is the name of a member, or the end of a value.
func name(levels []*level, token json.Token) error {
	text, isText := token.(string)
	if !isText || len(levels) == 0 || !levels[len(levels)-1].key {
		valueEnded(levels)

		return nil
	}

	inside := levels[len(levels)-1]
	if inside.names[text] {
		return fmt.Errorf("member %.60q is given twice", text)
	}

	inside.names[text], inside.key = true, false

	return nil
}

// valueEnded tells the innermost level that a value of it is over.
func valueEnded(levels []*level) {
	if len(levels) > 0 {
		inside := levels[len(levels)-1]
		inside.key = inside.names != nil
	}
}
