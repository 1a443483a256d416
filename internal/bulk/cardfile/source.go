package cardfile

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Source is a file, or what is read like one.
type Source struct {
	io.Reader

	// Name is for messages and, without its folders, for the batch's row.
	Name string
	// Size in bytes when it was opened; 0 when it is not known.
	Size int64

	named   bool    // Name is the path of a file
	Limit   int64   // how much of it is meant, 0 for everything
	Checked *Extent // what was checked of it; nothing else is read then
	Unended bool    // the last line of that has no end
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

	return Source{Reader: file, Name: name, Size: info.Size(), named: path != Stdin}, file, nil
}

// Rewindable returns a function that goes back to where the source is now, nil
// when it can be read only once, as a pipe.
func (s Source) Rewindable() func() error {
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

// StartOffset is where a source begins that can go back there, -1 when it cannot.
func (s Source) StartOffset() int64 {
	seeker, ok := s.Reader.(io.Seeker)
	if !ok {
		return -1
	}

	at, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return -1 // a pipe is an *os.File too
	}

	return at
}
