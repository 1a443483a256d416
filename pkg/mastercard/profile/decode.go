package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// MostBytes is the size of a file beyond which it is no profile.
const MostBytes = 1 << 20

// Load reads a profile from a file. Its error names the file, the entry, the member and what is wrong.
func Load(file string) (*Profile, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	defer func() { _ = opened.Close() }() // what was only read loses nothing

	text, err := io.ReadAll(io.LimitReader(opened, MostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("profile %s: reading: %w", file, err)
	}

	profile, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", file, err)
	}

	profile.File = file

	return profile, nil
}

// Parse reads a profile. Its error names all entries that are wrong.
func Parse(text []byte) (*Profile, error) {
	if len(text) > MostBytes {
		return nil, fmt.Errorf("it is larger than %d bytes, so it is no profile", MostBytes)
	}

	text = bytes.TrimPrefix(text, []byte("\ufeff"))

	if err := noTwins(text); err != nil {
		return nil, err
	}

	var file struct {
		Name       string            `json:"name"`
		About      string            `json:"about"`
		Operations []json.RawMessage `json:"operations"`
	}
	if err := strictly(text, &file); err != nil {
		return nil, err
	}

	profile := &Profile{Name: file.Name, About: file.About}

	var faults []error

	for i, text := range file.Operations {
		operation, errs := parseOperation(text)
		profile.Operations = append(profile.Operations, operation)

		for _, err := range errs {
			faults = append(faults, fmt.Errorf("%s: %w", naming("operation", i, operation.Name), err))
		}
	}

	return profile, errors.Join(append(profile.check(), faults...)...)
}

// naming says which entry of a list is meant.
func naming(kind string, i int, name string) string {
	if name == "" {
		return fmt.Sprintf("%s %d", kind, i+1)
	}

	return fmt.Sprintf("%s %d (%.60s)", kind, i+1, name)
}

// strictly decodes one value of JSON with no member that is not known and nothing behind it.
func strictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()

	if err := decoder.Decode(into); err != nil {
		return plain(text, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("line %d: something follows the end", lineAt(text, decoder.InputOffset()))
	}

	return nil
}

// plain says what is wrong with JSON without the names of Go's types.
func plain(text []byte, err error) error {
	var (
		syntax   *json.SyntaxError
		mistaken *json.UnmarshalTypeError
	)

	switch {
	case errors.Is(err, io.EOF):
		return errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends before the JSON does")
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d is not JSON: %w", lineAt(text, syntax.Offset), err)
	case errors.As(err, &mistaken):
		return fmt.Errorf("%s is a %s, which does not belong there", or(mistaken.Field, "it"), mistaken.Value)
	default:
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
}

func or(text, instead string) string {
	if text == "" {
		return instead
	}

	return text
}

func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}
