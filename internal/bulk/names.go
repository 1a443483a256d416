package bulk

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// runName is a name that goes with every row of a run, and is kept in clear.
type runName struct {
	what string // for messages
	text pan.Haystack
}

// names are those of a run.
func (o Options) names(source string) []runName {
	return []runName{
		{"the batch", pan.NewHaystack(o.Batch)},
		{"the program", pan.NewHaystack(o.Program)},
		{"the file's name", pan.NewHaystack(filepath.Base(source))},
	}
}

// checkNames refuses names that pass for card numbers.
func (o Options) checkNames(source string) error {
	var errs []error

	if pan.LooksLikeCard(o.Batch) && !slices.Contains(o.Input.CardLike, "batch") {
		errs = append(errs, errors.New("the batch looks like a card number; give it another name"))
	}

	if pan.LooksLikeCard(o.Program) {
		errs = append(errs, errors.New("the program looks like a card number; its name is another"))
	}

	if pan.LooksLikeCard(filepath.Base(source)) {
		errs = append(errs, errors.New("the name of the file looks like a card number, and is kept with the batch; rename the file"))
	}

	if err := jobs.CheckCardLike(o.Input.CardLike); err != nil {
		errs = append(errs, err)
	}

	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("submitting %s: %w", pan.MaskText(source), err)
	}

	return nil
}

// checkRunNames looks for the number of a row in the names of its run. The fault is the source's as a whole.
func (l *layout) checkRunNames(record records.Record, number pan.Number) error {
	for _, name := range l.names {
		if name.text.Holds(number) {
			return &FileError{
				Source: number.MaskIn(l.file), Line: record.Line,
				Reason: name.what + " holds the number of the card in this line, and is kept in clear; choose another",
			}
		}
	}

	return nil
}

// holdsOwnNumber reports whether a key of the row holds its card number.
func (l *layout) holdsOwnNumber(r *row, column int) bool {
	return len(r.values[column]) >= minHidden && pan.Unchecked(r.values[columnPAN]).In(r.values[column])
}

// numberOf is the card number of a row as its cell has it, none where it cannot be told which cell that is.
func (l *layout) numberOf(fields []string) pan.Number {
	if at := slices.IndexFunc(l.inputs, input.holdsPAN); at >= 0 && fields != nil {
		return pan.Unchecked(fields[at])
	}

	return pan.Number{}
}

// minHidden is the length of the shortest text that holds more of a card number than may be kept.
const minHidden = 11
