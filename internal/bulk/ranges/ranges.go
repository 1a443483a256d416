// Package ranges knows which card numbers begin as those of Mastercard and
// Maestro do. Its table is a data file; the rows marked INFERRED are a guess from
// public lists, which is why a number outside is worth a warning and no more.
package ranges

import (
	_ "embed" // the table
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

//go:embed ranges.csv
var table string

// digits of a number that the table looks at.
const digits = 6

// Ranges are the ranges of the table. They do not change after they are made.
type Ranges []struct{ from, to int }

// New reads the table.
func New() (Ranges, error) {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading the card ranges: %w", err)
	}

	ranges := make(Ranges, len(rows)-1)

	for i, row := range rows[1:] {
		from, errFrom := strconv.Atoi(row[0])
		to, errTo := strconv.Atoi(row[1])

		if errFrom != nil || errTo != nil || from > to || len(row[0]) != digits || len(row[1]) != digits {
			return nil, fmt.Errorf("reading the card ranges: line %d is no range of six digits", i+2)
		}

		ranges[i].from, ranges[i].to = from, to
	}

	return ranges, nil
}

// Contain reports whether a card number, of which six digits are enough, is in one of the ranges.
func (r Ranges) Contain(number string) bool {
	if len(number) < digits {
		return false
	}

	first, err := strconv.Atoi(number[:digits])
	if err != nil {
		return false
	}

	for _, span := range r {
		if first >= span.from && first <= span.to {
			return true
		}
	}

	return false
}
