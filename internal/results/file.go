package results

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"enroll.example/clicktopay/internal/outfile"
)

// FormOf is the form that a file's name asks for, and whether it is to be compressed.
func FormOf(name string) (form string, compressed bool) {
	name, compressed = strings.CutSuffix(strings.ToLower(name), ".gz")

	switch filepath.Ext(name) {
	case ".jsonl", ".ndjson", ".json":
		return JSONL, compressed
	default:
		return CSV, compressed
	}
}

// File is a file that appears under its name when it is complete. Until then it
// has another name beside it, and nobody but its owner may read it in either place.
type File struct {
	path   string
	file   *os.File
	buffer *bufio.Writer
	gzip   *gzip.Writer // nil: not compressed
}

// Create begins a file. It is compressed when its name ends with .gz.
func Create(path string) (*File, error) {
	if err := outfile.Check(path); err != nil {
		return nil, fmt.Errorf("creating the results: %w", err)
	}

	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}

	f := &File{path: path, file: file, buffer: bufio.NewWriter(file)}
	if _, compressed := FormOf(path); compressed {
		f.gzip = gzip.NewWriter(f.buffer)
	}

	return f, nil
}

// Write adds to the file.
func (f *File) Write(p []byte) (int, error) {
	var w io.Writer = f.buffer
	if f.gzip != nil {
		w = f.gzip
	}

	n, err := w.Write(p)
	if err != nil {
		return n, fmt.Errorf("writing %s: %w", f.path, err)
	}

	return n, nil
}

// Complete gives the file its name. After an error there is nothing new under it.
func (f *File) Complete() error {
	var err error
	if f.gzip != nil {
		err = f.gzip.Close()
	}

	if err = errors.Join(err, f.buffer.Flush(), f.file.Sync(), f.file.Close()); err == nil {
		err = outfile.Rename(f.file.Name(), f.path)
	}

	if err != nil {
		return fmt.Errorf("writing %s: %w", f.path, errors.Join(err, os.Remove(f.file.Name())))
	}

	return nil
}

// Discard removes what has been written. The file that was under the name before is still there.
func (f *File) Discard() error {
	return errors.Join(f.file.Close(), os.Remove(f.file.Name()))
}
