package bulk

import (
	"context"
	"crypto/sha256"
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

// Open opens a file. The caller closes it.
func Open(path string) (Source, io.Closer, error) {
	file, err := os.Open(path)
	if err != nil {
		return Source{}, nil, fmt.Errorf("opening the file of cards: %w", err)
	}

	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = &FileError{Source: path, Reason: "is a directory; name the files in it"}
	}

	if err != nil {
		return Source{}, nil, errors.Join(err, file.Close())
	}

	return Source{Reader: file, Name: path, Size: info.Size()}, file, nil
}

// digest reads the source once through and goes back to where it was, so that
// a batch of another content is noticed before anything is sent. What cannot go
// back, such as a pipe, gives nil.
func (s Source) digest(ctx context.Context) ([]byte, error) {
	seeker, ok := s.Reader.(io.Seeker)
	if !ok {
		return nil, nil
	}

	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, nil //nolint:nilerr // a pipe is an *os.File too, and this is how one finds out
	}

	sum := sha256.New()
	if _, err := io.Copy(io.Discard, &tap{ctx: ctx, source: s.Reader, sum: sum}); err != nil {
		return nil, fmt.Errorf("reading %s: %w", s.Name, err)
	}

	if _, err := seeker.Seek(start, io.SeekStart); err != nil {
		return nil, fmt.Errorf("going back to the begin of %s: %w", s.Name, err)
	}

	return sum.Sum(nil), nil
}

// tap hashes what is read through it, and ends reading when the context does.
type tap struct {
	ctx    context.Context //nolint:containedctx // of the one run that reads: io.Reader has no parameter for it
	source io.Reader
	sum    hash.Hash
	read   int64
}

func (t *tap) Read(p []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}

	n, err := t.source.Read(p)
	t.sum.Write(p[:n])
	t.read += int64(n)

	return n, err //nolint:wrapcheck // io.EOF has to stay io.EOF
}
