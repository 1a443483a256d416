package cardfile

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// blockBytes is how much of a source is compared at once with what was checked.
const blockBytes = 256 << 10

// Extent is what was checked of a source: its size, and its hash at the end of each block. Only that is read again.
type Extent struct {
	size int64
	// blockHashes[i] is the hash of everything up to the end of block i, hash that of the whole.
	blockHashes [][sha256.Size]byte
	Hash        [sha256.Size]byte
	// Modified is when the file had been changed last before it was read; zero when that is not known.
	Modified time.Time
}

// hashAt is the hash of so much of the source, which is a number of whole blocks or everything.
func (e *Extent) hashAt(n int64) [sha256.Size]byte {
	if n == e.size {
		return e.Hash
	}

	return e.blockHashes[n/blockBytes-1]
}

// HashingReader hashes and counts what is read through it. Reading ends when the context does. Of a source that was checked
// before, it returns only what was checked: each block is read whole and compared first.
type HashingReader struct {
	ctx     context.Context //nolint:containedctx // of the one run that reads: io.Reader has no parameter for it
	source  io.Reader
	Sum     hash.Hash
	n       int64
	limit   int64 // how much is read at most; 0 for everything
	ends    [][sha256.Size]byte
	ended   bool    // what is appended behind the end is not read
	checked *Extent // nil when the source is read for the first time

	block    []byte // what was compared and is not read yet
	space    []byte // of the block
	compared int64  // how much was compared
}

func NewHashingReader(ctx context.Context, source Source) *HashingReader {
	return &HashingReader{ctx: ctx, source: source, Sum: sha256.New(), limit: source.Limit, checked: source.Checked}
}

func (t *HashingReader) Read(p []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}

	if t.checked != nil {
		return t.readChecked(p)
	}

	p = p[:min(int64(len(p)), blockBytes-t.n%blockBytes)]
	if t.limit > 0 {
		p = p[:min(int64(len(p)), t.limit-t.n)]
	}

	if t.ended || t.limit > 0 && t.n == t.limit {
		return 0, io.EOF
	}

	n, err := t.source.Read(p)
	t.ended = errors.Is(err, io.EOF)
	t.Sum.Write(p[:n])
	t.n += int64(n)

	if n > 0 && t.n%blockBytes == 0 {
		t.ends = append(t.ends, t.Hash())
	}

	return n, err //nolint:wrapcheck // io.EOF has to stay io.EOF
}

func (t *HashingReader) readChecked(p []byte) (int, error) {
	if len(t.block) == 0 {
		if err := t.compare(); err != nil {
			return 0, err
		}
	}

	n := copy(p, t.block)
	t.block = t.block[n:]
	t.n += int64(n)

	return n, nil
}

// compare reads the next block.
func (t *HashingReader) compare() error {
	length := min(t.checked.size-t.compared, blockBytes)
	if length == 0 {
		return io.EOF
	}

	if t.space == nil {
		t.space = make([]byte, blockBytes)
	}

	n, err := io.ReadFull(t.source, t.space[:length])
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it was cut to %d bytes after it was checked, when it had %d; %w",
			t.compared+int64(n), t.checked.size, errNotChecked)
	}

	if err != nil {
		return err //nolint:wrapcheck // who reads says what of
	}

	t.Sum.Write(t.space[:length])

	if t.Hash() != t.checked.hashAt(t.compared+length) {
		return fmt.Errorf("it was changed behind byte %d after it was checked; %w", t.compared, errNotChecked)
	}

	t.block, t.compared = t.space[:length], t.compared+length

	return nil
}

var errNotChecked = errors.New("what was sent of it is what was checked, and nothing else was sent")

func (t *HashingReader) Hash() (sum [sha256.Size]byte) {
	t.Sum.Sum(sum[:0])
	return sum
}

// Extent returns the size and hashes of what was read.
func (t *HashingReader) Extent() *Extent {
	if t.checked != nil {
		return t.checked
	}

	return &Extent{size: t.n, blockHashes: t.ends, Hash: t.Hash()}
}
