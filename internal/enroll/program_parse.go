package enroll

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/jsontext"
	"enroll.example/clicktopay/pkg/pan"
)

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)

	switch {
	case err == nil:
		return nil
	case strings.Trim(string(text), "0123456789.") == "" && len(text) > 0:
		return fmt.Errorf("%.40q has no unit; write such as %.40sh", text, text)
	default:
		return fmt.Errorf("%.40q is not a duration; write it with its unit, such as 90s, 10m or 24h", pan.MaskText(string(text)))
	}
}

// ParsePrograms reads {"programs": [...]}. Its error names all members of all programs that are wrong.
func ParsePrograms(text []byte) (map[string]Program, error) {
	var file struct {
		Programs []json.RawMessage `json:"programs"`
	}

	err := jsontext.Check(text)
	if err == nil {
		err = decodeAll(text, &file)
	}

	if err != nil {
		return nil, fmt.Errorf(`is not {"programs": [{…}, …]}, as described in docs/settings.md: %w`, err)
	}

	if len(file.Programs) == 0 {
		return nil, errors.New("lists no program")
	}

	programs := make(map[string]Program, len(file.Programs))

	var faults []error

	for i, text := range file.Programs {
		program, errs := parseProgram(text)
		if _, twice := programs[program.Name]; twice {
			errs = append(errs, errors.New("the name is used twice"))
		}

		for _, err := range errs {
			faults = append(faults, fmt.Errorf("program %d (%s): %w", i+1, pan.MaskText(program.Name), err))
		}

		programs[program.Name] = program
	}

	return programs, errors.Join(faults...)
}

// parseProgram reads each member by itself, so that one that is wrong hides no other.
func parseProgram(text []byte) (Program, []error) {
	program := programDefaults()

	var members map[string]json.RawMessage
	if err := decodeAll(text, &members); err != nil {
		return program, []error{err}
	}

	var faults []error

	wrong := map[string]bool{}

	for _, name := range slices.Sorted(maps.Keys(members)) {
		one, err := json.Marshal(map[string]json.RawMessage{name: members[name]})
		if err == nil {
			err = decodeAll(one, &program)
		}

		if err != nil {
			wrong[name] = true

			faults = append(faults, memberError(name, err))
		}
	}

	rate, given := members["rate"]
	program.Unrated = !given || string(rate) == "null"
	program = program.withBackoff()

	for _, err := range program.check() {
		if member, _, _ := strings.Cut(err.Error(), " "); !wrong[strings.TrimSuffix(member, ":")] {
			faults = append(faults, err)
		}
	}

	return program, faults
}

// memberError names the member, unless the decoder has.
func memberError(name string, err error) error {
	if strings.HasPrefix(err.Error(), "unknown field") || strings.HasPrefix(err.Error(), name) {
		return err
	}

	return fmt.Errorf("%s: %w", name, err)
}

// decodeAll reads one value of JSON and nothing behind it.
func decodeAll(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()

	err := decoder.Decode(into)
	if err == nil {
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return fmt.Errorf("line %d: something follows the end", jsontext.LineAt(text, decoder.InputOffset()))
		}

		return nil
	}

	return plain(err)
}

// plain says what is wrong with a value without the names of Go's types.
func plain(err error) error {
	var mistaken *json.UnmarshalTypeError

	switch {
	case errors.As(err, &mistaken):
		what := fmt.Sprintf("must be %s, not %s", kindOf(mistaken.Type), mistaken.Value)
		if mistaken.Field == "" {
			return errors.New(what)
		}

		return fmt.Errorf("%s: %s", mistaken.Field, what)
	default: // an unknown member, or what a member says of itself
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
}

// kindOf is what JSON calls values of a type.
func kindOf(t reflect.Type) string {
	if t == reflect.TypeFor[Duration]() {
		return `a text such as "90s"`
	}

	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "an array"
	default:
		return "an object"
	}
}
