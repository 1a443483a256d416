// Package mapping is the file that says which columns of a foreign file feed
// which of ours, and how.
package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/convert"
	"enroll.example/clicktopay/internal/jsontext"
)

// maxBytes is more than any mapping needs.
const maxBytes = 1 << 20

// Mapping says what feeds the columns. The zero value maps nothing: then each column of a file feeds the one of its name.
type Mapping struct {
	Columns []Column `json:"columns"`
	// Constants are the values of columns that nothing in the file feeds.
	Constants map[string]string `json:"constants,omitempty"`
	// Ignore names columns of the file to leave out.
	Ignore []string `json:"ignore,omitempty"`
	// Trailer is the form of the record at the end that says how many rows there are, empty when there is none.
	Trailer string `json:"trailer,omitempty"`
	// Null are the texts that stand for no value, in any column.
	Null []string `json:"null,omitempty"`
}

// Column is what one column of a file feeds.
type Column struct {
	From string `json:"from"`
	To   Names  `json:"to"`
	// As is the name of a conversion; empty takes the value as it is.
	As string `json:"as,omitempty"`
}

// Names are written as one text where there is one.
type Names []string

// MarshalJSON writes a single name as a text.
func (n Names) MarshalJSON() ([]byte, error) {
	if len(n) == 1 {
		return json.Marshal(n[0])
	}

	return json.Marshal([]string(n))
}

// Load reads a mapping file. Its error names the file, the member, and what is allowed there.
func Load(path string, known []string) (Mapping, error) {
	file, err := os.Open(path)
	if err != nil {
		return Mapping{}, fmt.Errorf("opening the mapping file: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read

	text, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return Mapping{}, fmt.Errorf("reading the mapping file %s: %w", path, err)
	}

	m, err := Parse(text, known)
	if err != nil {
		return Mapping{}, fmt.Errorf("the mapping file %s: %w", path, err)
	}

	return m, nil
}

// Parse reads a mapping for the columns known.
func Parse(text []byte, known []string) (Mapping, error) {
	if len(text) > maxBytes {
		return Mapping{}, fmt.Errorf("is larger than %d MiB", maxBytes>>20)
	}

	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // as editors on Windows write it

	if err := jsontext.Check(text); err != nil {
		return Mapping{}, err
	}

	m, err := read(text)
	if err != nil {
		return Mapping{}, err
	}

	return m, m.check(known)
}

// Encode writes the mapping as a file for people to edit, a line for each column.
func (m Mapping) Encode() ([]byte, error) {
	lines := make([]string, len(m.Columns))

	for i, c := range m.Columns {
		text, err := encode(c)
		if err != nil {
			return nil, err
		}

		lines[i] = "\n    " + text
	}

	members := []string{`  "columns": [` + strings.Join(lines, ",") + "\n  ]"}

	for _, member := range []struct {
		name  string
		value any
		there bool
	}{
		{"constants", m.Constants, len(m.Constants) > 0},
		{"ignore", m.Ignore, len(m.Ignore) > 0},
		{"null", m.Null, len(m.Null) > 0},
		{"trailer", m.Trailer, m.Trailer != ""},
	} {
		if !member.there {
			continue
		}

		text, err := encode(member.value)
		if err != nil {
			return nil, err
		}

		members = append(members, `  "`+member.name+`": `+text)
	}

	return []byte("{\n" + strings.Join(members, ",\n") + "\n}\n"), nil
}

// encode writes one line, in which a name with an ampersand can be read.
func encode(value any) (string, error) {
	var out strings.Builder

	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)

	if err := encoder.Encode(value); err != nil {
		return "", fmt.Errorf("writing the mapping: %w", err)
	}

	return strings.TrimSpace(out.String()), nil
}

// Conversion returns the conversion of a column; false means that the value is taken as it is.
func (c Column) Conversion() (convert.Conversion, bool) {
	all := convert.Conversions()

	i := slices.IndexFunc(all, func(known convert.Conversion) bool { return known.Name == c.As })
	if i < 0 {
		return convert.Conversion{}, false
	}

	return all[i], true
}

var errNotJSON = errors.New("is not JSON")
