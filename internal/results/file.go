package results

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"enroll.example/clicktopay/internal/outfile"
	"enroll.example/clicktopay/internal/outstream"
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
// A device, a pipe or an open descriptor is written to at once.
type File struct {
	path   string
	file   *os.File          // nil for a stream
	stream *outstream.Stream // nil for a file
	buffer *bufio.Writer
	gzip   *gzip.Writer // nil: not compressed
}

// Create begins a file. It is compressed when its name ends with .gz. A pipe that nobody reads is waited for, and wait told so.
func Create(ctx context.Context, path string, wait func(note string)) (*File, error) {
	stream, err := outstream.Is(path)
	if err == nil && !stream {
		err = replaceable(path)
	}

	if err != nil {
		return nil, fmt.Errorf("creating the results: %w", err)
	}

	f := &File{path: path}

	if stream {
		f.stream, err = outstream.Open(ctx, path, wait)
		f.buffer = bufio.NewWriter(f.stream)
	} else {
		f.file, err = os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
		f.buffer = bufio.NewWriter(f.file)
	}

	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}

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

	err = errors.Join(err, f.buffer.Flush())

	if f.stream != nil {
		err = errors.Join(err, f.stream.Close())
	} else {
		err = f.complete(err)
	}

	if err != nil {
		return fmt.Errorf("writing %s: %w", f.path, err)
	}

	return nil
}

func (f *File) complete(err error) error {
	if err = errors.Join(err, f.file.Sync(), f.file.Close()); err == nil {
		err = outfile.Rename(f.file.Name(), f.path)
	}

	if err != nil {
		return errors.Join(err, os.Remove(f.file.Name()))
	}

	return nil
}

// Discard removes what has been written. The file that was under the name before is still there. From a stream nothing can be
// taken back.
func (f *File) Discard() error {
	if f.stream != nil {
		return f.stream.Close()
	}

	return errors.Join(f.file.Close(), os.Remove(f.file.Name()))
}

// Streams reports whether the lines are written to a device, a pipe or a descriptor at once.
func (f *File) Streams() bool { return f.stream != nil }
