package bulk

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// Source is a file, or what is read like one.
type Source struct {
	io.Reader

	// Name is for messages and, without its folders, for the batch's row.
	Name string
	// Size in bytes is for progress only; 0 when it is not known.
	Size int64
}

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Open opens a file, or standard input. The caller closes it.
func Open(path string) (Source, io.Closer, error) {
	file, name := os.Stdin, "stdin"

	if path != Stdin {
		var err error
		if file, err = os.Open(path); err != nil {
			return Source{}, nil, fmt.Errorf("opening the file of cards: %w", err)
		}

		name = path
	}

	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = &FileError{Source: path, Reason: "is a directory; name the files in it"}
	}

	if err != nil {
		return Source{}, nil, errors.Join(err, file.Close())
	}

	return Source{Reader: file, Name: name, Size: info.Size()}, file, nil
}

// rewindable returns a function that goes back to where the source is now, nil
// when it can be read only once, as a pipe.
func (s Source) rewindable() func() error {
	seeker, ok := s.Reader.(io.Seeker)
	if !ok {
		return nil
	}

	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil // a pipe is an *os.File too, and this is how one finds out
	}

	return func() error {
		if _, err := seeker.Seek(start, io.SeekStart); err != nil {
			return fmt.Errorf("going back to the begin of %s: %w", s.Name, err)
		}

		return nil
	}
}

// tap hashes and counts what is read through it, and ends reading when the context does.
type tap struct {
	ctx    context.Context //nolint:containedctx // of the one run that reads: io.Reader has no parameter for it
	source io.Reader
	sum    hash.Hash
	n      int64
}

func (t *tap) Read(p []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}

	n, err := t.source.Read(p)
	t.sum.Write(p[:n])
	t.n += int64(n)

	return n, err //nolint:wrapcheck // io.EOF has to stay io.EOF
}
