package inspect

import (
	"slices"
	"time"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/pkg/pan"
)

// matchColumns finds out what each column feeds: first what is certain, then guesses by names, then by values.
func (f *Report) matchColumns(s *sample, m mapping.Mapping) {
	g := columns.NewGuesser(m)
	known := make([]*columns.Guess, len(s.names))

	for i, name := range s.names {
		switch at := slices.IndexFunc(m.Columns, func(c mapping.Column) bool { return c.From == name }); {
		case at >= 0:
			found := columns.Guess{To: m.Columns[at].To, As: m.Columns[at].As, How: columns.ByMapping}
			g.Claim(found)
			known[i] = &found
		case name == "":
			known[i] = &columns.Guess{How: "it has no name: left out"}
		case slices.Contains(m.Ignore, name), columns.IsRejectColumn(name):
			known[i] = &columns.Guess{How: "left out"}
		default:
			known[i] = sensitiveGuess(name, m)
		}
	}

	for name := range m.Constants {
		g.Taken[name] = true
	}

	for _, ask := range []func(name string) (columns.Guess, bool){
		func(name string) (columns.Guess, bool) {
			if g.Layout.ColumnIndex(name) < 0 {
				return columns.Guess{}, false
			}

			return g.ByName(name, s.values(name))
		},
		func(name string) (columns.Guess, bool) { return g.ByName(name, s.values(name)) },
		func(name string) (columns.Guess, bool) { return g.ByValues(s.values(name)) },
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

	for _, c := range columns.Required(g.Layout.Columns) {
		if !g.Taken[c.Name] {
			f.Missing = append(f.Missing, c.Name)
		}
	}
}

// describe adds a column, and to the mapping what it needs to say about it.
func (f *Report) describe(s *sample, name string, known *columns.Guess) {
	if known == nil {
		known = &columns.Guess{How: "not known: left out by the mapping"}
	}

	column := Column{Name: columns.DisplayName(name), Feeds: known.To, As: known.As, How: known.How, Examples: []string{}}
	if column.Feeds == nil {
		column.Feeds = []string{}
	}

	for _, cells := range s.cells[:min(exampleRows, len(s.cells))] {
		column.Examples = append(column.Examples, redactSample(known.To, cells[name]))
	}

	f.Columns = append(f.Columns, column)

	_, held := columns.Sensitive(name, mapping.Mapping{})

	switch {
	case known.How == columns.ByName && known.As == "", held, columns.IsRejectColumn(name), pan.Contains(name):
	case name == "" && (slices.Contains(f.Mapping.Ignore, "") || !s.nameless()):
	case len(known.To) > 0:
		f.Mapping.Columns = append(f.Mapping.Columns, mapping.Column{From: name, To: known.To, As: known.As})
	default:
		f.Mapping.Ignore = append(f.Mapping.Ignore, name)
	}
}

// sensitiveGuess describes a column that must not be stored; nil for any other.
func sensitiveGuess(name string, m mapping.Mapping) *columns.Guess {
	what, found := columns.Sensitive(name, m)
	if !found {
		return nil
	}

	return &columns.Guess{How: "the card's " + what + ": remove it from the file" + columns.OrPostal(what)}
}

// tryMapping applies the mapping to the rows that were looked at.
func (f *Report) tryMapping(s *sample, o *cardfile.Reader, now time.Time) {
	l, err := f.layout(s, o)
	if err != nil {
		f.Refused = err.Error()
		return
	}

	var why rejects.Reasons

	for _, record := range s.records {
		r, err := l.Examine(record, columns.NewExpiryClock(now))
		if err != nil {
			f.Refused = err.Error()
			return
		}

		if len(r.Problems) == 0 {
			f.Good++
			continue
		}

		rejected := rejects.New(record, nil, r.Problems...)
		why.Add(rejected)

		for _, code := range rejected.Codes() {
			f.ByCode[code]++
		}
	}

	f.Reasons = why.Sorted()
}

func (f *Report) layout(s *sample, o *cardfile.Reader) (*columns.Layout, error) {
	if o.Format == cardfile.JSONLines {
		return columns.NewObjectLayout(f.Mapping)
	}

	return columns.NewLayout(s.header, o.Delimiter, f.Mapping)
}
