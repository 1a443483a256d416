package cardfile

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// maxInMemory is how much is held of what can be read only once and must be seen to its end first.
const maxInMemory = 64 << 20

// ReadIntoMemory reads a source that can be read only once into memory, and never to a disk: it holds card numbers.
func (s Source) ReadIntoMemory(ctx context.Context) (Source, error) {
	content, err := io.ReadAll(io.LimitReader(NewHashingReader(ctx, s), maxInMemory+1))
	if err != nil {
		return s, fmt.Errorf("reading %s: %w", s.Name, err)
	}

	if len(content) > maxInMemory {
		return s, &FileError{Source: s.Name, Reason: fmt.Sprintf("is larger than %d MiB and can be read only once, so its end "+
			"cannot be checked before its begin is sent: submit it as a file", maxInMemory>>20)}
	}

	return Source{Reader: bytes.NewReader(content), Name: s.Name, Size: int64(len(content))}, nil
}
