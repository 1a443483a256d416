package bulk

import "strings"

// repeatsHeader reports whether a row is the header once more, as where files were put one behind the other.
func (l *layout) repeatsHeader(fields []string) bool {
	if l.format != CSV || len(fields) != len(l.inputs) {
		return false
	}

	for i, in := range l.inputs {
		if !strings.EqualFold(cleaned(fields[i]), in.name) {
			return false
		}
	}

	return true
}

// isOtherHeader reports whether a row has names of columns where other columns are: what follows it is of another file, and its
// values are in other places.
func (l *layout) isOtherHeader(fields []string) bool {
	names := l.namesIn(fields)
	if names == 0 || len(fields) != len(l.inputs) || names*2 <= len(fields) {
		return false
	}

	for i, in := range l.inputs {
		if name := cleaned(fields[i]); !strings.EqualFold(name, in.name) && l.knownNames[strings.ToLower(name)] {
			return true
		}
	}

	return false
}

// namesIn counts the values of a row that are names of columns; 0 where the first is none, as in nearly all rows, or no other is.
func (l *layout) namesIn(fields []string) int {
	if l.format != CSV || len(fields) == 0 || !l.knownNames[strings.ToLower(cleaned(fields[0]))] {
		return 0
	}

	count := 0

	for _, field := range fields {
		if l.knownNames[strings.ToLower(cleaned(field))] {
			count++
		}
	}

	if count == 1 {
		return 0
	}

	return count
}

// collectNames keeps what the columns of the file, and ours, are called.
func (l *layout) collectNames() {
	l.knownNames = map[string]bool{}

	for _, in := range l.inputs {
		l.knownNames[strings.ToLower(in.name)] = in.name != ""
	}

	for _, c := range l.columns {
		l.knownNames[c.name] = true
	}
}
