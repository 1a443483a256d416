package text

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Compression is how a source is packed.
type Compression string

// The compressions that are understood.
const (
	Plain Compression = "none"
	Gzip  Compression = "gzip"
	Zstd  Compression = "zstd"
)

const (
	// maxWindow is what a zstd frame may have us remember. All levels without --ultra or --long keep to it.
	maxWindow = 8 << 20
	// maxRatio is more than any file of cards is packed by, once so much has been unpacked that the ratio says something.
	maxRatio     = 1000
	ratioMatters = 64 << 20
)

func compressionOf(first []byte) Compression {
	const skippable = "\x2a\x4d\x18" // of a zstd frame with notes, as parallel packers write it, behind 0x50 to 0x5f

	switch {
	case bytes.HasPrefix(first, []byte("\x1f\x8b")):
		return Gzip
	case bytes.HasPrefix(first, []byte("\x28\xb5\x2f\xfd")):
		return Zstd
	case len(first) > 4 && first[0]&0xf0 == 0x50 && bytes.HasPrefix(first[1:], []byte(skippable)):
		return Zstd
	default:
		return Plain
	}
}

// unpacker reads what is packed, in bounded memory and with its faults in words.
type unpacker struct {
	io.Reader

	packed   *counter
	unpacked int64
	close    func()
}

// unpack makes a reader of what is packed. Its owner closes it.
func unpack(source io.Reader, how Compression) (*unpacker, error) {
	u := &unpacker{packed: &counter{Reader: source}, close: func() {}}

	switch how {
	case Gzip:
		r, err := newMembers(u.packed)
		if err != nil {
			return nil, u.explained(err)
		}

		u.Reader = r
	case Zstd:
		// One goroutine and its buffers: the file is read by one that waits for it anyway.
		r, err := zstd.NewReader(u.packed,
			zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, u.explained(err)
		}

		u.Reader, u.close = r, r.Close
	case Plain:
		u.Reader = u.packed
	}

	return u, nil
}

// Read reads what is unpacked.
func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	u.unpacked += int64(n)

	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return n, u.explained(err)
	case u.unpacked > ratioMatters && u.unpacked/maxRatio > u.packed.n:
		return n, FaultError(fmt.Sprintf("unpacks to more than %d times its size, as no file of cards does", maxRatio))
	default:
		return n, err //nolint:wrapcheck // io.EOF has to stay io.EOF
	}
}

// explained says what a person can do about a fault of the packing. Faults of the source stay what they are.
func (u *unpacker) explained(err error) error {
	fault, explained := errors.AsType[FaultError](err)

	switch {
	case explained:
		return fault
	case u.packed.failed != nil:
		return u.packed.failed
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return FaultError("ends in the middle of what is compressed: it was not copied whole")
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return FaultError(fmt.Sprintf(
			"is compressed with a window of more than %d MiB; compress it again without --ultra and --long", maxWindow>>20))
	default:
		return FaultError("cannot be unpacked: " + err.Error())
	}
}

// counter counts the bytes that are read through it, and keeps the source's own fault.
type counter struct {
	io.Reader

	n      int64
	failed error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)

	if err != nil && !errors.Is(err, io.EOF) {
		c.failed = err
	}

	return n, err //nolint:wrapcheck // io.EOF has to stay io.EOF
}
