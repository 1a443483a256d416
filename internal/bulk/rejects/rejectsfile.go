package rejects

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/text"
	"enroll.example/clicktopay/internal/formula"
	"enroll.example/clicktopay/internal/outfile"
	"enroll.example/clicktopay/internal/outstream"
)

// File is the file of rejected rows. It appears under its path when it
// is complete, and only where there are rejects; until then it is beside it. A
// nil file writes nothing. Rejects that go to a stream are written to that.
type File struct {
	path        string
	suffix      string // what stands behind the path until it is complete
	keepPartial bool   // what an interrupted run has written is gone on with: it stays beside
	layout      *columns.Layout
	stream      *outstream.Stream // nil when they go to a file
	failed      bool              // it could not be written, and that was said
	sum         hash.Hash
	mark        Mark
	out         io.Writer
	csv         *csv.Writer // to out; nil until there are rejects

	mu   sync.Mutex // of who sets file beside sync
	file *os.File   // nil for a stream
}

// Suffixes of a rejects file that is not complete. A check has one of its own, so as not to overwrite an interrupted run's.
const (
	SendingSuffix  = ".partial"
	CheckingSuffix = ".checking"
)

func (f *File) partial() string { return f.path + f.suffix }

func NewFile(path string, stream *outstream.Stream, suffix string, l *columns.Layout, keep bool) (*File, error) {
	f := &File{path: path, suffix: suffix, keepPartial: keep, layout: l, stream: stream}
	if f.stream != nil {
		return f, nil
	}

	return f, errors.Join(refuseForeignFile(f.path), refuseForeignFile(f.partial()))
}

// refuseForeignFile refuses a path at which there is something else than a rejects file.
func refuseForeignFile(path string) error {
	// Before it is opened: a pipe would wait for who writes to it.
	if err := outfile.Check(path); err != nil {
		return fmt.Errorf("the rejects file: %w", err)
	}

	there, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	if err != nil {
		return fmt.Errorf("looking at the rejects file: %w", err)
	}
	defer there.Close() //nolint:errcheck // only read

	first, err := bufio.NewReader(io.LimitReader(there, limitHeader)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("looking at the rejects file: %w", err)
	}

	// A full disk leaves an empty one.
	if first != "" && !slices.ContainsFunc(records.Delimiters(), func(delimiter byte) bool {
		return strings.HasSuffix(strings.TrimSpace(first), strings.Join(columns.RejectColumns(), string(delimiter)))
	}) {
		return fmt.Errorf("%s is there and is no rejects file: move it away, or name another file for the rejects", path)
	}

	return nil
}

// limitHeader is more than the header of a rejects file can be long.
const limitHeader = 128 << 10

// Add writes a reject. The row's card number is truncated and whatever else could be one is masked.
func (f *File) Add(r *Reject) error {
	if f == nil {
		return nil
	}

	if f.csv == nil {
		if err := f.create(); err != nil {
			return err
		}
	}

	number := f.layout.NumberOf(r.fields)
	row := make([]string, 0, len(f.layout.Inputs)+len(columns.RejectColumns()))

	for i, in := range f.layout.Inputs {
		if in.FromRejects {
			continue
		}

		value := ""
		if r.fields != nil {
			value = number.MaskIn(columns.MaskCell(in, r.fields[i]))
		}

		row = append(row, value)
	}

	if err := f.csv.Write(formula.GuardAll(append(row, strconv.FormatInt(r.Line, 10), r.column, r.code, r.reason))); err != nil {
		f.failed = true
		return fmt.Errorf("writing the rejects file: %w", err)
	}

	return nil
}

func (f *File) create() error {
	if err := f.open(); err != nil {
		return fmt.Errorf("creating the rejects file: %w", err)
	}

	if f.layout.ByteOrderMark {
		if _, err := f.out.Write([]byte(text.ByteOrderMark)); err != nil {
			return fmt.Errorf("writing the rejects file: %w", err)
		}
	}

	var header []string

	for _, in := range f.layout.Inputs {
		if !in.FromRejects {
			header = append(header, in.Name)
		}
	}

	if err := f.csv.Write(formula.GuardAll(append(header, columns.RejectColumns()...))); err != nil {
		return fmt.Errorf("writing the rejects file: %w", err)
	}

	return nil
}

func (f *File) open() error {
	if f.stream != nil {
		f.encodeTo(f.stream)
		return nil
	}

	if err := outfile.Check(f.partial()); err != nil {
		return err
	}

	file, err := os.OpenFile(f.partial(), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}

	f.setFile(file, sha256.New(), 0)

	return nil
}

func (f *File) setFile(file *os.File, sum hash.Hash, length int64) {
	f.mu.Lock()
	f.file = file
	f.mu.Unlock()

	f.sum = sum
	f.mark = Mark{Bytes: length, SHA256: hex.EncodeToString(sum.Sum(nil))}
	f.encodeTo(f)
}

func (f *File) encodeTo(w io.Writer) {
	f.out, f.csv = w, csv.NewWriter(w)
	f.csv.Comma = rune(f.layout.Delimiter)
}

// Write is the csv.Writer's way to the file.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	f.sum.Write(p[:n])
	f.mark.Bytes += int64(n)

	return n, err
}

// Flush writes what was added and returns how long the file is with it. A stream has no such mark.
func (f *File) Flush() (Mark, error) {
	if f.csv == nil {
		return f.mark, nil
	}

	before := f.mark.Bytes
	f.csv.Flush()

	if err := f.csv.Error(); err != nil {
		f.failed = true
		return f.mark, fmt.Errorf("writing the rejects file: %w", err)
	}

	if f.mark.Bytes != before {
		f.mark.SHA256 = hex.EncodeToString(f.sum.Sum(nil))
	}

	return f.mark, nil
}
