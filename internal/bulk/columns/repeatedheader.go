package columns

import (
	"strings"

	"enroll.example/clicktopay/internal/bulk/cardfile"
)

// repeatsHeader reports whether a row is the header once more, as where files were put one behind the other.
func (l *Layout) repeatsHeader(fields []string) bool {
	if l.format != cardfile.CSV || len(fields) != len(l.Inputs) {
		return false
	}

	for i, in := range l.Inputs {
		if !strings.EqualFold(Cleaned(fields[i]), in.Name) {
			return false
		}
	}

	return true
}

// isOtherHeader reports whether a row has names of columns where other columns are: what follows it is of another file, and its
// values are in other places.
func (l *Layout) isOtherHeader(fields []string) bool {
	names := l.namesIn(fields)
	if names == 0 || len(fields) != len(l.Inputs) || names*2 <= len(fields) {
		return false
	}

	for i, in := range l.Inputs {
		if name := Cleaned(fields[i]); !strings.EqualFold(name, in.Name) && l.knownNames[strings.ToLower(name)] {
			return true
		}
	}

	return false
}

// namesIn counts the values of a row that are names of columns; 0 where the first is none, as in nearly all rows, or no other is.
func (l *Layout) namesIn(fields []string) int {
	if l.format != cardfile.CSV || len(fields) == 0 || !l.knownNames[strings.ToLower(Cleaned(fields[0]))] {
		return 0
	}

	count := 0

	for _, field := range fields {
		if l.knownNames[strings.ToLower(Cleaned(field))] {
			count++
		}
	}

	if count == 1 {
		return 0
	}

	return count
}

// collectNames keeps what the columns of the file, and ours, are called.
func (l *Layout) collectNames() {
	l.knownNames = map[string]bool{}

	for _, in := range l.Inputs {
		l.knownNames[strings.ToLower(in.Name)] = in.Name != ""
	}

	for _, c := range l.Columns {
		l.knownNames[c.Name] = true
	}
}
