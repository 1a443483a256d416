package rejects

import (
	"context"
	"fmt"

	"enroll.example/clicktopay/internal/outstream"
)

// OpenStream opens what the rejects go to where that is no file; nil where it is one. It is opened before the source is looked
// at: a pipe waits for its reader, and that ends without a reject too.
func OpenStream(ctx context.Context, path string, warn func(string)) (*outstream.Stream, error) {
	is, err := outstream.Is(path)
	if err != nil || !is {
		return nil, WrapError(err)
	}

	stream, err := outstream.Open(ctx, path, warn)

	return stream, WrapError(err)
}

func WrapError(err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("the rejects file: %w", err)
}

// finishStream writes what is left for a stream, which its owner closes. A run that has rejected nothing has written nothing.
func (f *File) finishStream() (string, error) {
	if f.csv == nil {
		return "", nil
	}

	if f.failed { // which was said
		return f.path, nil
	}

	_, err := f.Flush()

	return f.path, err
}
