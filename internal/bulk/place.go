package bulk

import (
	"errors"
	"io/fs"
	"os"

	"enroll.example/clicktopay/internal/outfile"
)

// place renames a file, and replaces nothing but a file: what is at either path may
// have changed in the hours of a run.
func place(from, to string) error {
	if err := errors.Join(outfile.Check(from), outfile.Check(to)); err != nil {
		return err
	}

	return os.Rename(from, to)
}

// remove removes a file, and nothing else. That there is none is no error.
func remove(path string) error {
	if err := outfile.Check(path); err != nil {
		return err
	}

	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}

	return nil
}
