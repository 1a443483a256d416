package outstream

import (
	"context"
	"io"
	"os"
)

// Create makes a new file that only its owner can read, or opens for writing what is at the path and is no file; stream says
// which. A file that is there is left alone: the error wraps fs.ErrExist.
func Create(ctx context.Context, path string, wait func(note string)) (w io.WriteCloser, stream bool, err error) {
	stream, err = Is(path)

	switch {
	case err != nil:
		return nil, false, err
	case stream:
		w, err = Open(ctx, path, wait)
	default:
		w, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}

	return w, stream, err
}
