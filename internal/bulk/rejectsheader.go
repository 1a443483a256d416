package bulk

import (
	"slices"

	"enroll.example/clicktopay/internal/formula"
)

// isRejectsHeader reports whether a header is that of a rejects file of ours, whose cells are guarded.
func isRejectsHeader(header []string) bool {
	return !slices.ContainsFunc(rejectColumns(), func(name string) bool { return !slices.Contains(header, name) })
}

// unguard are the cells as they were before they were written to a rejects file. In any other
// file an apostrophe is the cell's own.
func (l *layout) unguard(cells []string) []string {
	if !l.rejects {
		return cells
	}

	return formula.UnguardAll(cells)
}
