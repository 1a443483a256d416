package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/convert"
	"enroll.example/clicktopay/internal/bulk/trailer"
	"enroll.example/clicktopay/pkg/pan"
)

// check returns everything that is wrong with what the mapping says.
func (m Mapping) check(known []string) error {
	var errs []error

	from, fed := map[string]bool{}, map[string]bool{}

	for i, c := range m.Columns {
		where := fmt.Sprintf("columns[%d]", i)
		errs = append(errs, c.check(where, known))

		if from[c.From] {
			errs = append(errs, fmt.Errorf("%s.from: %q is there twice", where, shown(c.From)))
		}

		from[c.From] = true

		for _, name := range c.To {
			if fed[name] {
				errs = append(errs, fmt.Errorf("%s.to: %s is fed by another column too", where, shown(name)))
			}

			fed[name] = true
		}
	}

	for _, name := range slices.Sorted(maps.Keys(m.Constants)) {
		errs = append(errs, checkConstant(name, m.Constants[name], known))

		if fed[name] {
			errs = append(errs, fmt.Errorf("constants.%s: a column of the file feeds it too", shown(name)))
		}
	}

	for i, name := range m.Ignore {
		if from[name] {
			errs = append(errs, fmt.Errorf("ignore[%d]: %q is in columns too", i, shown(name)))
		}
	}

	for i, text := range m.Null {
		switch {
		case text == "":
			errs = append(errs, fmt.Errorf("null[%d] is empty: an empty value is an absent one anyway", i))
		case pan.Contains(text):
			errs = append(errs, fmt.Errorf("null[%d]: a card number has no place in a mapping file", i))
		}
	}

	if m.Trailer != "" {
		if _, err := trailer.Parse(m.Trailer); err != nil {
			errs = append(errs, fmt.Errorf("trailer: %w", err))
		}
	}

	return errors.Join(errs...)
}

func (c Column) check(where string, known []string) error {
	if c.From == "" || len(c.To) == 0 {
		return fmt.Errorf(`%s needs "from", the name of a column in the file, and "to", what it feeds`, where)
	}

	for _, name := range c.To {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s.to: %q is not known; known are %s", where, shown(name), strings.Join(known, ", "))
		}
	}

	if c.As == "" {
		if len(c.To) > 1 {
			return fmt.Errorf(`%s feeds several columns and needs "as", one of %s`, where, strings.Join(conversions(), ", "))
		}

		return nil
	}

	conversion, found := c.Conversion()
	if !found {
		return fmt.Errorf("%s.as: %q is not known; known are %s", where, shown(c.As), strings.Join(conversions(), ", "))
	}

	if conversion.AnyOf {
		if len(c.To) != 1 || !slices.Contains(conversion.To, c.To[0]) {
			return fmt.Errorf("%s.as: %q feeds one of %s", where, c.As, strings.Join(conversion.To, ", "))
		}
	} else if !slices.Equal(conversion.To, c.To) {
		return fmt.Errorf("%s.as: %q feeds %s, in this order", where, c.As, strings.Join(conversion.To, ", "))
	}

	return nil
}

func checkConstant(name, value string, known []string) error {
	switch {
	case !slices.Contains(known, name):
		return fmt.Errorf("constants: %q is not known; known are %s", shown(name), strings.Join(known, ", "))
	case name == "pan", pan.Contains(value):
		return fmt.Errorf("constants.%s: a card number has no place in a mapping file", name)
	case value == "":
		return fmt.Errorf("constants.%s is empty", name)
	default:
		return nil
	}
}

func conversions() []string {
	var names []string
	for _, c := range convert.Conversions() {
		names = append(names, c.Name)
	}

	return names
}

// shown makes a name from the file fit for a message.
func shown(name string) string {
	const enough = 60

	if name = pan.MaskText(name); len([]rune(name)) > enough {
		name = string([]rune(name)[:enough]) + "..."
	}

	return name
}
