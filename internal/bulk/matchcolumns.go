package bulk

import (
	"slices"
	"time"

	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/pkg/pan"
)

// matchColumns finds out what each column feeds: first what is certain, then guesses by names, then by values.
func (f *Inspection) matchColumns(s *sample, m mapping.Mapping) {
	g := newGuesser(m)
	known := make([]*guess, len(s.names))

	for i, name := range s.names {
		switch at := slices.IndexFunc(m.Columns, func(c mapping.Column) bool { return c.From == name }); {
		case at >= 0:
			found := guess{to: m.Columns[at].To, as: m.Columns[at].As, how: byMapping}
			g.claim(found)
			known[i] = &found
		case name == "":
			known[i] = &guess{how: "it has no name: left out"}
		case slices.Contains(m.Ignore, name), isRejectColumn(name):
			known[i] = &guess{how: "left out"}
		default:
			known[i] = sensitiveGuess(name, m)
		}
	}

	for name := range m.Constants {
		g.taken[name] = true
	}

	for _, ask := range []func(name string) (guess, bool){
		func(name string) (guess, bool) {
			if g.layout.columnIndex(name) < 0 {
				return guess{}, false
			}

			return g.byName(name, s.values(name))
		},
		func(name string) (guess, bool) { return g.byName(name, s.values(name)) },
		func(name string) (guess, bool) { return g.byValues(s.values(name)) },
	} {
		for i, name := range s.names {
			if known[i] != nil {
				continue
			}

			if found, sure := ask(name); sure {
				known[i] = &found
			}
		}
	}

	for i, name := range s.names {
		f.describe(s, name, known[i])
	}

	for _, c := range required(g.layout.columns) {
		if !g.taken[c.name] {
			f.Missing = append(f.Missing, c.name)
		}
	}
}

// describe adds a column, and to the mapping what it needs to say about it.
func (f *Inspection) describe(s *sample, name string, known *guess) {
	if known == nil {
		known = &guess{how: "not known: left out by the mapping"}
	}

	column := InspectedColumn{Name: displayName(name), Feeds: known.to, As: known.as, How: known.how, Examples: []string{}}
	if column.Feeds == nil {
		column.Feeds = []string{}
	}

	for _, cells := range s.cells[:min(exampleRows, len(s.cells))] {
		column.Examples = append(column.Examples, redactSample(known.to, cells[name]))
	}

	f.Columns = append(f.Columns, column)

	_, held := sensitive(name, mapping.Mapping{})

	switch {
	case known.how == byName && known.as == "", held, isRejectColumn(name), pan.Contains(name):
	case name == "" && (slices.Contains(f.Mapping.Ignore, "") || !s.nameless()):
	case len(known.to) > 0:
		f.Mapping.Columns = append(f.Mapping.Columns, mapping.Column{From: name, To: known.to, As: known.as})
	default:
		f.Mapping.Ignore = append(f.Mapping.Ignore, name)
	}
}

// sensitiveGuess is what is said of a column that must not be stored, and nil for any other.
func sensitiveGuess(name string, m mapping.Mapping) *guess {
	what, found := sensitive(name, m)
	if !found {
		return nil
	}

	return &guess{how: "the card's " + what + ": remove it from the file" + orPostal(what)}
}

// tryMapping applies the mapping to the rows that were looked at.
func (f *Inspection) tryMapping(s *sample, o *sourceReader, now time.Time) {
	l, err := f.layout(s, o)
	if err != nil {
		f.Refused = err.Error()
		return
	}

	var why reasons

	for _, record := range s.records {
		r, err := l.examine(record, newExpiryClock(now))
		if err != nil {
			f.Refused = err.Error()
			return
		}

		if len(r.problems) == 0 {
			f.Good++
			continue
		}

		rejected := newReject(record, nil, r.problems...)
		why.add(rejected)

		for _, code := range rejected.codes() {
			f.ByCode[code]++
		}
	}

	f.Reasons = why.sorted()
}

func (f *Inspection) layout(s *sample, o *sourceReader) (*layout, error) {
	if o.format == JSONLines {
		return newObjectLayout(f.Mapping)
	}

	return newLayout(s.header, o.delimiter, f.Mapping)
}
