package columns

import (
	"path/filepath"
	"slices"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// RunName is a name that goes with every row of a run, and is kept in clear.
type RunName struct {
	what string // for messages
	text pan.Haystack
}

// RunNames are the names of a run.
func RunNames(batch, program, source string) []RunName {
	return []RunName{
		{"the batch", pan.NewHaystack(batch)},
		{"the program", pan.NewHaystack(program)},
		{"the file's name", pan.NewHaystack(filepath.Base(source))},
	}
}

// checkRunNames looks for the number of a row in the names of its run. The fault is the source's as a whole.
func (l *Layout) checkRunNames(record records.Record, number pan.Number) error {
	for _, name := range l.names {
		if name.text.Holds(number) {
			return &cardfile.FileError{
				Source: number.MaskIn(l.file), Line: record.Line,
				Reason: name.what + " holds the number of the card in this line, and is kept in clear; choose another",
			}
		}
	}

	return nil
}

// holdsOwnNumber reports whether a key of the row holds its card number, or more of it than may be shown beside what is kept.
func (l *Layout) holdsOwnNumber(r *Row, column int) bool {
	key := jobs.Beside{Field: l.Columns[column].member, Text: r.Values[column]}

	return len(key.Text) >= minHidden && key.Holds(pan.Unchecked(r.Values[ColumnPAN]))
}

// NumberOf returns the card number as it is in the row; zero when no column is known to hold it.
func (l *Layout) NumberOf(fields []string) pan.Number {
	if at := slices.IndexFunc(l.Inputs, FileColumn.holdsPAN); at >= 0 && fields != nil {
		return pan.Unchecked(fields[at])
	}

	return pan.Number{}
}

// minHidden is the length of the shortest text that holds more of a card number than may be kept.
const minHidden = 6
