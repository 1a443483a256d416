package bulk

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/text"
)

// rejectColumns is what a rejects file has beside the columns of its source.
// In a file that is submitted they are passed over, so that a rejects file can
// be corrected and submitted as it is.
func rejectColumns() []string {
	return []string{"reject_line", "reject_column", "reject_code", "reject_reason"}
}

func isRejectColumn(name string) bool { return slices.Contains(rejectColumns(), name) }

// rejectsFile is the file of rejected rows. It appears under its path when it
// is complete, and only where there are rejects. A nil file writes nothing.
type rejectsFile struct {
	path    string
	layout  *layout
	earlier bool // one of an earlier run is at the path
	file    *os.File
	csv     *csv.Writer
}

// newRejectsFile refuses a path at which there is something else than a rejects file.
func newRejectsFile(path string, l *layout) (*rejectsFile, error) {
	f := &rejectsFile{path: path, layout: l}

	there, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}

	if err != nil {
		return nil, fmt.Errorf("looking at the rejects file: %w", err)
	}
	defer there.Close() //nolint:errcheck // only read

	first, err := bufio.NewReader(io.LimitReader(there, limitHeader)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("looking at the rejects file: %w", err)
	}

	if !slices.ContainsFunc(records.Delimiters(), func(delimiter byte) bool {
		return strings.HasSuffix(strings.TrimSpace(first), strings.Join(rejectColumns(), string(delimiter)))
	}) {
		return nil, fmt.Errorf("%s is there and is no rejects file: move it away, or name another file for the rejects", path)
	}

	f.earlier = true

	return f, nil
}

// limitHeader is more than the header of a rejects file can be long.
const limitHeader = 128 << 10

// add writes a reject. The row's card number is truncated and whatever else could be one is masked.
func (f *rejectsFile) add(r *reject) error {
	if f == nil {
		return nil
	}

	if f.file == nil {
		if err := f.create(); err != nil {
			return err
		}
	}

	row := make([]string, 0, len(f.layout.inputs)+len(rejectColumns()))

	for i, in := range f.layout.inputs {
		if in.passed {
			continue
		}

		value := ""
		if r.fields != nil {
			value = masked(in, r.fields[i])
		}

		row = append(row, value)
	}

	if err := f.csv.Write(append(row, strconv.FormatInt(r.line, 10), r.column, r.code, r.reason)); err != nil {
		return fmt.Errorf("writing the rejects file: %w", err)
	}

	return nil
}

func (f *rejectsFile) create() error {
	file, err := os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("creating the rejects file: %w", err)
	}

	f.file, f.csv = file, csv.NewWriter(file)
	f.csv.Comma = rune(f.layout.delimiter)

	if f.layout.mark {
		if _, err := file.WriteString(text.ByteOrderMark); err != nil {
			return fmt.Errorf("writing the rejects file: %w", err)
		}
	}

	var header []string

	for _, in := range f.layout.inputs {
		if !in.passed {
			header = append(header, in.name)
		}
	}

	if err := f.csv.Write(append(header, rejectColumns()...)); err != nil {
		return fmt.Errorf("writing the rejects file: %w", err)
	}

	return nil
}

// finish puts the file in its place. One of an earlier run goes when this run,
// if it was complete, has rejected nothing.
func (f *rejectsFile) finish(complete bool) error {
	if f == nil {
		return nil
	}

	if f.file == nil {
		if complete && f.earlier {
			if err := os.Remove(f.path); err != nil {
				return fmt.Errorf("removing the rejects file of an earlier run: %w", err)
			}
		}

		return nil
	}

	f.csv.Flush()

	err := errors.Join(f.csv.Error(), f.file.Sync(), f.file.Close())
	if err == nil {
		err = os.Rename(f.file.Name(), f.path)
	}

	if err != nil {
		return fmt.Errorf("writing the rejects file: %w", errors.Join(err, os.Remove(f.file.Name())))
	}

	return nil
}

// discard leaves what is at the path as it was.
func (f *rejectsFile) discard() error {
	if f == nil || f.file == nil {
		return nil
	}

	return errors.Join(f.file.Close(), os.Remove(f.file.Name()))
}
