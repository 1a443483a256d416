// Package keyfile holds keys that come from files and may be replaced on disk
// while they are in use.
package keyfile

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

// MaxBytes is the size of the largest file that is read as a key.
const MaxBytes = 1 << 20

// Read reads a file that must hold something, and not much.
func Read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the file: %w", err)
	}
	defer func() { _ = file.Close() }() // what was only read loses nothing

	return ReadLimited(file, MaxBytes)
}

// ReadLimited reads all of r, or fails when that is nothing or more than limit bytes.
func ReadLimited(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))

	switch {
	case err != nil:
		return nil, fmt.Errorf("reading: %w", err)
	case len(data) == 0:
		return nil, errors.New("it is empty")
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("it is larger than %d bytes, so it is no key", limit)
	}

	return data, nil
}

// Watched is what a few files say. It compares their content, since times and
// inodes tell nothing reliable of files that a secrets manager swaps behind a
// symbolic link.
type Watched[T any] struct {
	purpose string
	paths   []string
	load    func() (T, error)
	current atomic.Pointer[T]

	looking sync.Mutex // one look at a time
	seen    [sha256.Size]byte
	refused error // why what was seen last is not in use
}

// Open loads what the files say now. The purpose, such as "intake key file", is for logs.
func Open[T any](purpose string, paths []string, load func() (T, error)) (*Watched[T], error) {
	w := &Watched[T]{purpose: purpose, paths: paths, load: load}
	if _, err := w.look(); err != nil {
		return nil, err
	}

	return w, nil
}

// Current returns what is in use.
func (w *Watched[T]) Current() T { return *w.current.Load() }

// String names the files.
func (w *Watched[T]) String() string { return w.purpose + " " + strings.Join(w.paths, ", ") }

// Reload looks once. What the files say is in use from the next Current on, if
// it is sound; with an error what was in use stays.
func (w *Watched[T]) Reload(context.Context) (changed bool, err error) { return w.look() }

func (w *Watched[T]) look() (changed bool, err error) {
	w.looking.Lock()
	defer w.looking.Unlock()

	digest, err := w.digest()
	if err != nil {
		return false, err
	}

	// What was refused is loaded again although it is the same: the cause may have been a passing one.
	if digest == w.seen && w.refused == nil {
		return false, nil
	}

	value, err := w.load()
	w.seen, w.refused = digest, err

	if err != nil {
		return false, err
	}

	w.current.Store(&value)

	return true, nil
}

func (w *Watched[T]) digest() ([sha256.Size]byte, error) {
	all := sha256.New()

	for _, path := range w.paths {
		content, err := Read(path)
		if err != nil {
			return [sha256.Size]byte{}, fmt.Errorf("key file %s: %w", path, err)
		}

		each := sha256.Sum256(content)
		clear(content)
		all.Write(each[:])
	}

	return [sha256.Size]byte(all.Sum(nil)), nil
}
