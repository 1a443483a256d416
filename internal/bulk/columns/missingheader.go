package columns

import (
	"fmt"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/spelling"
)

// whyNoHeader says why a first line cannot be a header, by the lines below it; "" when it can be one. It repeats no value.
func whyNoHeader(line int64, fields, behind []string) string {
	if len(fields) == 1 {
		switch {
		case quotedWhole(fields[0]):
			return "" // which the header's own check says
		case otherDelimiter(fields[0], behind) != "":
			return separatedBy(otherDelimiter(fields[0], behind))
		case fixedWidth(fields[0], behind):
			return "the columns have a fixed width and no delimiter " +
				"between them; have the file exported as CSV, or cut it at its columns and put semicolons there"
		}
	}

	if at := headerBelow(fields, behind); at > 0 {
		return fmt.Sprintf("the line is no header, which seems to be %s below; leave out what is before that, such as with: "+
			"tail -n +%d FILE | submit -", lineCount(at), line+int64(at))
	}

	return ""
}

func lineCount(n int) string {
	if n == 1 {
		return "1 line"
	}

	return fmt.Sprintf("%d lines", n)
}

// quotedWhole reports whether a line that stood in quotes as a whole has delimiters in it.
func quotedWhole(line string) bool { return strings.ContainsAny(line, string(records.Delimiters())) }

// otherDelimiter returns a delimiter that all lines use but that is not supported; "" when there is none.
func otherDelimiter(first string, behind []string) string {
	if len(behind) == 0 {
		return ""
	}

	for _, candidate := range []string{"\x01", "\x1f", "\x1e", "^", "~", "¦", "§", "#", "!", ":", " "} {
		names := strings.Split(first, candidate)
		if len(names) < 3 || slices.ContainsFunc(names, func(name string) bool { return strings.TrimSpace(name) == "" }) {
			continue
		}

		if every(behind, func(line string) bool { return line == "" || strings.Count(line, candidate) == len(names)-1 }) {
			return candidate
		}
	}

	return ""
}

func separatedBy(delimiter string) string {
	called, written := delimiter, delimiter

	switch {
	case delimiter == " ":
		called = "blanks"
	case delimiter < " ":
		called = fmt.Sprintf("the control character %02X", delimiter[0])
		written = fmt.Sprintf(`\%03o`, delimiter[0])
	}

	return fmt.Sprintf("the columns are separated by %s, which is not taken; have the file exported with semicolons or tabs, "+
		"or, where no value has a tab in it: tr '%s' '\\t' < FILE | submit -", called, written)
}

// headerBelow returns how many lines behind a first line without any known name one follows with several; 0 when none does.
func headerBelow(fields, behind []string) int {
	called := NewGuesser(mapping.Mapping{}).meaningOf
	known := func(name string) bool { return called[spelling.Fold(name)] != "" }

	if slices.ContainsFunc(fields, known) {
		return 0
	}

	const several = 2

	for i, line := range behind {
		count := 0

		for _, delimiter := range records.Delimiters() {
			names := strings.Split(line, string(delimiter))
			count = max(count, len(slices.DeleteFunc(names, func(name string) bool { return !known(name) })))
		}

		if count >= several {
			return i + 1
		}
	}

	return 0
}
