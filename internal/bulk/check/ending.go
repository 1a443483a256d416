package check

import (
	"fmt"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/trailer"
)

// Ending says what a source must end with. A source that was cut can end well: only these tell.
type Ending struct {
	// Strict refuses a source whose last line has no end.
	Strict bool
	// Rows is how many rows there must be, 0 for any number. A trailer record (Input.Trailer) says it too.
	Rows int64
}

// VerifyEnd looks at how a source has ended that has so many rows. What makes it certain
// that the source was cut is a *FileError, what makes it possible a warning.
func VerifyEnd(t *columns.Reader, rows int64, ending Ending, form *trailer.Form) ([]Warning, error) {
	line, unended := t.Records.Unended()

	switch {
	case form != nil && t.Records.EndedOn() == 0:
		return nil, &cardfile.FileError{Source: t.Name, Reason: fmt.Sprintf(
			"the last line is no trailer record of the form %s: the file was cut, or its trailer is written in another way", form)}
	case form != nil && t.TrailerRows != rows:
		return nil, &cardfile.FileError{Source: t.Name, Line: t.Records.EndedOn(), Reason: fmt.Sprintf(
			"the trailer record says that there are %s, and there are %d: get the file again, whole; where the number counts "+
				"other records too, such as the trailer, write {rows+1} for it", RowCount(t.TrailerRows), rows)}
	case ending.Rows > 0 && ending.Rows != rows:
		return nil, &cardfile.FileError{Source: t.Name, Reason: fmt.Sprintf(
			"has %s, and %d are expected: get the file again, whole, or correct --expect-rows", RowCount(rows), ending.Rows)}
	case unended && ending.Strict:
		return nil, &cardfile.FileError{Source: t.Name, Line: line, Reason: "the last line has no end, as in a file that was cut: " +
			"get the file again, whole, or leave --strict-end out"}
	case unended && form == nil:
		return []Warning{{
			Code: WarnUnended, Rows: 1, Line: line, Lines: []int64{line},
			Text: "the last line has no end, as in a file that was cut: compare it with its origin; --strict-end refuses such files",
		}}, nil
	default:
		return nil, nil
	}
}

// RowCount says "1 row" and "2 rows".
func RowCount(n int64) string {
	if n == 1 {
		return "1 row"
	}

	return fmt.Sprintf("%d rows", n)
}
