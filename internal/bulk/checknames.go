package bulk

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

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
