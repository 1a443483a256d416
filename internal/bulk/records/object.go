package records

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how many levels a JSON object may have. Those of the API have four.
const MaxDepth = 8

// Member is a value of a JSON object.
type Member struct {
	// Path is its name behind the names of the objects around it, with dots
	// between them; [] behind a name stands for the items of an array.
	Path string
	// Value is a text as it is, a number as it is written, and "" for null.
	Value string
	// Other says that it is something else: true, false, or an object or array without anything in it.
	Other bool
}

// Names are the parts of the path.
func (m Member) Names() []string { return strings.Split(strings.ReplaceAll(m.Path, "[]", ""), ".") }

// Members returns every value of the JSON object that a line holds, in its order.
func Members(line string) ([]Member, Fault) {
	if !utf8.ValidString(line) {
		return nil, NotUTF8
	}

	// The scanner is strict about what stands where; the decoder's tokens are not looked at twice.
	if !json.Valid([]byte(line)) {
		return nil, NotJSON
	}

	w := walk{decoder: json.NewDecoder(strings.NewReader(line))}
	w.decoder.UseNumber()

	if first, err := w.decoder.Token(); err != nil || first != json.Delim('{') {
		return nil, NotJSON
	}

	fault := w.object("", 1)

	return w.found, fault
}

// walk goes through a document that is known to be valid.
type walk struct {
	decoder *json.Decoder
	found   []Member
}

// object goes through the members of the object whose begin has been read.
func (w *walk) object(path string, depth int) Fault {
	seen := map[string]bool{}

	for w.decoder.More() {
		token, err := w.decoder.Token()
		name, isName := token.(string)

		if err != nil || !isName || seen[name] {
			return NotJSON
		}

		seen[name] = true

		if fault := w.value(join(path, name), depth); fault != None {
			return fault
		}
	}

	return w.end(path, len(seen) == 0)
}

func (w *walk) array(path string, depth int) Fault {
	empty := true

	for w.decoder.More() {
		empty = false

		if fault := w.value(path+"[]", depth); fault != None {
			return fault
		}
	}

	return w.end(path, empty)
}

// end reads the end of an object or array.
func (w *walk) end(path string, empty bool) Fault {
	if _, err := w.decoder.Token(); err != nil {
		return NotJSON
	}

	if empty && path != "" {
		w.found = append(w.found, Member{Path: path, Other: true})
	}

	return None
}

func (w *walk) value(path string, depth int) Fault {
	token, err := w.decoder.Token()
	if err != nil {
		return NotJSON
	}

	if depth == MaxDepth && (token == json.Delim('{') || token == json.Delim('[')) {
		return TooDeep
	}

	member := Member{Path: path}

	switch value := token.(type) {
	case json.Delim:
		if value == '{' {
			return w.object(path, depth+1)
		}

		return w.array(path, depth+1)
	case string:
		member.Value = value
	case json.Number:
		member.Value = value.String()
	case bool:
		member.Other = true
	}

	w.found = append(w.found, member)

	return None
}

func join(path, name string) string {
	if path == "" {
		return name
	}

	return path + "." + name
}
