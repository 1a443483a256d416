package rejects

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"enroll.example/clicktopay/internal/outfile"
)

// Resume takes up the rejects of an earlier run as they were at its checkpoint.
// What was written behind that is of rows that come again.
func (f *File) Resume(from Mark) error {
	if f.stream != nil {
		f.mark = from // of the file that an earlier run has written, so that a later one can go on with that
		return nil
	}

	if from.Bytes == 0 {
		return nil
	}

	file, err := os.OpenFile(f.partial(), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		// The earlier run had put it in its place, and was stopped before it could remove the checkpoint.
		if err = outfile.Rename(f.path, f.partial()); err == nil {
			file, err = os.OpenFile(f.partial(), os.O_RDWR, 0)
		}
	}

	if err != nil {
		return fmt.Errorf("going on with the rejects of the earlier run: %w "+
			"(put them back, or begin the file anew with --restart)", err)
	}

	sum := sha256.New()

	n, err := io.CopyN(sum, file, from.Bytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return errors.Join(fmt.Errorf("reading the rejects of the earlier run: %w", err), file.Close())
	}

	if n != from.Bytes || hex.EncodeToString(sum.Sum(nil)) != from.SHA256 {
		return errors.Join(fmt.Errorf("%s was changed since the earlier run: put back what that had written, "+
			"or begin the file anew with --restart", f.partial()), file.Close())
	}

	if err := file.Truncate(from.Bytes); err != nil {
		return errors.Join(fmt.Errorf("going on with the rejects of the earlier run: %w", err), file.Close())
	}

	f.setFile(file, sum, from.Bytes)

	return nil
}

// Sync puts on disk what was flushed. It may be called beside add and flush.
func (f *File) Sync() error {
	f.mu.Lock()
	file := f.file
	f.mu.Unlock()

	if file == nil {
		return nil
	}

	return file.Sync()
}

// Finish puts the file in its place, or leaves it beside when it is to be gone
// on with, and returns where it is. One of an earlier run goes when this run, if
// it was complete, has rejected nothing.
func (f *File) Finish(complete bool) (string, error) {
	if f == nil {
		return "", nil
	}

	if f.stream != nil {
		return f.finishStream()
	}

	if f.file == nil {
		return "", f.removeEarlier(complete)
	}

	said := f.failed
	_, err := f.Flush()
	err = errors.Join(err, f.file.Sync(), f.file.Close())

	if said || f.keepPartial && !complete {
		return f.partial(), nil
	}

	if err != nil {
		return f.partial(), fmt.Errorf("writing the rejects file: %w", err)
	}

	if err := outfile.Rename(f.partial(), f.path); err != nil {
		return f.partial(), fmt.Errorf("writing the rejects file: %w", err)
	}

	return f.path, nil
}

func (f *File) removeEarlier(complete bool) error {
	if !complete {
		return nil
	}

	for _, path := range []string{f.path, f.partial()} {
		if err := outfile.Remove(path); err != nil {
			return fmt.Errorf("removing the rejects file of an earlier run: %w", err)
		}
	}

	return nil
}

// Discard removes the partial file and leaves what is at the path as it was.
func (f *File) Discard() error {
	if f == nil || f.file == nil {
		return nil
	}

	return errors.Join(f.file.Close(), os.Remove(f.partial()))
}
