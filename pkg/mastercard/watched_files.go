package mastercard

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"
)

// watchedFiles holds what a few files say, and loads them again when they have
// changed. It compares content, since times and inodes tell nothing reliable of
// files that a secrets manager swaps behind a symbolic link.
type watchedFiles[T any] struct {
	names []string
	load  func() (*T, error)

	current atomic.Pointer[T]

	looking sync.Mutex // one look at a time
	seen    [sha256.Size]byte
	refused error // why what was seen last is not in use
}

// reload looks once. What the files say is in use from the next call on, if it is
// sound; else what was in use stays.
func (w *watchedFiles[T]) reload() (changed bool, err error) {
	w.looking.Lock()
	defer w.looking.Unlock()

	digest, err := w.digest()
	if err != nil {
		return false, err
	}
	if digest == w.seen {
		return false, w.refused
	}

	value, err := w.load()
	w.seen, w.refused = digest, err

	if err != nil {
		return false, err
	}
	w.current.Store(value)

	return true, nil
}

func (w *watchedFiles[T]) digest() ([sha256.Size]byte, error) {
	all := sha256.New()

	for _, name := range w.names {
		content, err := readKeyFile(name)
		if err != nil {
			return [sha256.Size]byte{}, fmt.Errorf("key file %s: %w", name, err)
		}

		each := sha256.Sum256(content)
		clear(content)
		all.Write(each[:])
	}

	return [sha256.Size]byte(all.Sum(nil)), nil
}
