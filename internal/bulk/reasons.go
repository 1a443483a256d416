package bulk

import (
	"cmp"
	"slices"
	"strings"
)

// Reason is one thing that is wrong with some rows. It holds no value of a row.
type Reason struct {
	Code string `json:"code"`
	// Column is as it is called in the file, empty for what is about rows as a whole.
	Column string `json:"column,omitempty"`
	Text   string `json:"reason"`
	Rows   int64  `json:"rows"`
	// Lines are those on which the first rows are.
	Lines []int64 `json:"lines,omitempty"`
}

const (
	// firstLines is how many lines tell where to look.
	firstLines = 3
	// mostReasons bounds what is kept: a file of no kind can have many columns.
	mostReasons = 200
)

// reasons count what is wrong with rows. It is for one goroutine.
type reasons []Reason

// add takes the problems of a reject.
func (r *reasons) add(rejected *reject) {
	for _, p := range rejected.problems {
		text := p.reason
		if p.code == CodeDuplicate { // names another line each time
			text = repeatsEarlier
		}

		r.count(Reason{Code: p.code, Column: displayName(p.column), Text: text, Rows: 1, Lines: []int64{rejected.line}})
	}
}

func (r *reasons) count(more Reason) {
	i := slices.IndexFunc(*r, func(known Reason) bool {
		return known.Code == more.Code && known.Column == more.Column && known.Text == more.Text
	})

	switch {
	case i < 0 && len(*r) < mostReasons:
		*r = append(*r, more)
	case i >= 0:
		known := &(*r)[i]
		known.Rows += more.Rows
		known.Lines = append(known.Lines, more.Lines[:min(len(more.Lines), firstLines-len(known.Lines))]...)
	}
}

// sorted are the reasons by code, the most frequent first.
func (r *reasons) sorted() []Reason {
	found := slices.Clone(*r)
	slices.SortStableFunc(found, func(a, b Reason) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), cmp.Compare(b.Rows, a.Rows))
	})

	for i := range found {
		found[i].Lines = slices.Clone(found[i].Lines)
	}

	return found
}
