package rejects

import (
	"cmp"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/columns"
)

// Reason is one thing that is wrong with some rows. It holds no value of a row.
type Reason struct {
	Code string `json:"code"`
	// Column is the name in the file, empty for a reason about the row as a whole.
	Column string `json:"column,omitempty"`
	Text   string `json:"reason"`
	Rows   int64  `json:"rows"`
	// Lines are those on which the first rows are.
	Lines []int64 `json:"lines,omitempty"`
}

const (
	// FirstLines is how many lines tell where to look.
	FirstLines = 3
	// mostReasons bounds memory: a file that is not of cards can have many columns.
	mostReasons = 200
)

// Reasons count what is wrong with rows. It is for one goroutine.
type Reasons []Reason

// Add takes the problems of a reject.
func (r *Reasons) Add(rejected *Reject) {
	for _, p := range rejected.Problems {
		text := p.Reason
		if p.Code == columns.CodeDuplicate { // names another line each time
			text = RepeatsEarlier
		}

		r.Count(Reason{Code: p.Code, Column: columns.DisplayName(p.Column), Text: text, Rows: 1, Lines: []int64{rejected.Line}})
	}
}

func (r *Reasons) Count(more Reason) {
	i := slices.IndexFunc(*r, func(known Reason) bool {
		return known.Code == more.Code && known.Column == more.Column && known.Text == more.Text
	})

	switch {
	case i < 0 && len(*r) < mostReasons:
		*r = append(*r, more)
	case i >= 0:
		known := &(*r)[i]
		known.Rows += more.Rows
		known.Lines = append(known.Lines, more.Lines[:min(len(more.Lines), FirstLines-len(known.Lines))]...)
	}
}

// Sorted are the reasons by code, the most frequent first.
func (r *Reasons) Sorted() []Reason {
	found := slices.Clone(*r)
	slices.SortStableFunc(found, func(a, b Reason) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), cmp.Compare(b.Rows, a.Rows))
	})

	for i := range found {
		found[i].Lines = slices.Clone(found[i].Lines)
	}

	return found
}
