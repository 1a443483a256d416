package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// read goes through the text member by member: encoding/json alone would take
// the last of two that are the same, and say of an unknown one not where it is.
func read(text []byte) (Mapping, error) {
	var m Mapping

	err := object(text, "the file", map[string]func(json.RawMessage) error{
		"columns": func(raw json.RawMessage) error {
			return list(raw, "columns", func(item json.RawMessage, where string) error {
				c, err := column(item, where)
				m.Columns = append(m.Columns, c)

				return err
			})
		},
		"constants": func(raw json.RawMessage) error {
			m.Constants = map[string]string{}

			return each(raw, "constants", func(name string, value json.RawMessage) error {
				text, err := word(value, "constants."+name)
				m.Constants[name] = text

				return err
			})
		},
		"ignore": func(raw json.RawMessage) (err error) {
			m.Ignore, err = words(raw, "ignore")
			return err
		},
		"null": func(raw json.RawMessage) (err error) {
			m.Null, err = words(raw, "null")
			return err
		},
		"trailer": func(raw json.RawMessage) (err error) {
			m.Trailer, err = word(raw, "trailer")
			return err
		},
	})

	return m, err
}

func column(raw json.RawMessage, where string) (Column, error) {
	var c Column

	err := object(raw, where, map[string]func(json.RawMessage) error{
		"from": func(raw json.RawMessage) (err error) {
			c.From, err = word(raw, where+".from")
			return err
		},
		"to": func(raw json.RawMessage) (err error) {
			if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
				c.To, err = words(raw, where+".to")
				return err
			}

			name, err := word(raw, where+".to")
			c.To = Names{name}

			return err
		},
		"as": func(raw json.RawMessage) (err error) {
			c.As, err = word(raw, where+".as")
			return err
		},
	})

	return c, err
}

// object reads an object that has only the members given, each at most once.
func object(raw json.RawMessage, where string, members map[string]func(json.RawMessage) error) error {
	return each(raw, where, func(name string, value json.RawMessage) error {
		member, known := members[name]
		if !known {
			return fmt.Errorf("%s has a member %q that is not known; known are %s",
				where, shown(name), strings.Join(slices.Sorted(maps.Keys(members)), ", "))
		}

		return member(value)
	})
}

// each calls do with each member of an object.
func each(raw json.RawMessage, where string, do func(name string, value json.RawMessage) error) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	seen := map[string]bool{}

	begin, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("%s %w: %w", where, errNotJSON, err)
	}

	if begin != json.Delim('{') {
		return fmt.Errorf("%s is no JSON object, { ... }", where)
	}

	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("%s %w: %w", where, errNotJSON, err)
		}

		name, _ := token.(string)
		if seen[name] {
			return fmt.Errorf("%s has the member %q twice", where, shown(name))
		}

		seen[name] = true

		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return fmt.Errorf("%s, member %q, %w: %w", where, shown(name), errNotJSON, err)
		}

		if err := do(name, value); err != nil {
			return err
		}
	}

	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("%s %w: %w", where, errNotJSON, err)
	}

	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("%s has something behind its end", where)
	}

	return nil
}

func list(raw json.RawMessage, where string, do func(item json.RawMessage, where string) error) error {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return fmt.Errorf("%s is no list, [ ... ]", where)
	}

	for i, item := range items {
		if err := do(item, fmt.Sprintf("%s[%d]", where, i)); err != nil {
			return err
		}
	}

	return nil
}

func words(raw json.RawMessage, where string) ([]string, error) {
	var all []string

	err := list(raw, where, func(item json.RawMessage, where string) error {
		text, err := word(item, where)
		all = append(all, text)

		return err
	})

	return all, err
}

func word(raw json.RawMessage, where string) (string, error) {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return "", fmt.Errorf("%s is no text in double quotes", where)
	}

	return strings.TrimSpace(*text), nil
}
