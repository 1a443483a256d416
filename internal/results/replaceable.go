package results

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// replaceable refuses a path at which there is something else than a list that this program has written: it may be the file of
// cards. An empty file is replaced.
func replaceable(path string) error {
	there, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	if err != nil {
		return fmt.Errorf("looking at what is to be replaced: %w", err)
	}
	defer there.Close() //nolint:errcheck // only read

	begin, err := firstBytes(there)
	if err != nil {
		return fmt.Errorf("looking at what is to be replaced: %w", err)
	}

	if begin != "" && !strings.HasPrefix(begin, strings.Join(columns()[:3], ",")+",") && !strings.HasPrefix(begin, `{"row":`) {
		return fmt.Errorf("%s is there and is no list of outcomes: move it away, or name another file", path)
	}

	return nil
}

// firstBytes reads the first bytes of a list, which may be compressed.
func firstBytes(file io.Reader) (string, error) {
	buffer := bufio.NewReader(file)

	var list io.Reader = buffer

	if magic, _ := buffer.Peek(len(gzipMagic)); string(magic) == gzipMagic {
		unpacked, err := gzip.NewReader(buffer)
		if err != nil {
			return "", err
		}

		list = unpacked
	}

	begin, err := io.ReadAll(io.LimitReader(list, limitBegin))

	return string(begin), err
}

const (
	gzipMagic  = "\x1f\x8b"
	limitBegin = 1 << 10 // more than is looked at
)
