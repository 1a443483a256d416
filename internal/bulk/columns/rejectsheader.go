package columns

import (
	"slices"

	"enroll.example/clicktopay/internal/formula"
)

// isRejectsHeader reports whether a header is that of a rejects file of ours, whose cells are guarded.
func isRejectsHeader(header []string) bool {
	return !slices.ContainsFunc(RejectColumns(), func(name string) bool { return !slices.Contains(header, name) })
}

// unguard are the cells as they were before they were written to a rejects file. In any other
// file an apostrophe is the cell's own.
func (l *Layout) unguard(cells []string) []string {
	if !l.rejects {
		return cells
	}

	return formula.UnguardAll(cells)
}

// RejectColumns are the columns that a rejects file adds to those of its source.
// In a file that is submitted they are passed over, so that a rejects file can
// be corrected and submitted as it is.
func RejectColumns() []string {
	return []string{"reject_line", "reject_column", "reject_code", "reject_reason"}
}

func IsRejectColumn(name string) bool { return slices.Contains(RejectColumns(), name) }
