// Package text makes UTF-8 text of the bytes of a source: unpacks it, reads
// over its byte order mark, decodes it, and says in a sentence why that cannot be.
package text

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// FaultError is a sentence without subject that says what is wrong with a source and what to do.
type FaultError string

// Error returns the sentence.
func (f FaultError) Error() string { return string(f) }

// ErrEmpty is the fault of a source without any text.
const ErrEmpty = FaultError("is empty")

// Text is a source as UTF-8. What claims to be UTF-8 is passed on as it is, valid or not.
type Text struct {
	io.Reader

	Compression Compression
	Encoding    Encoding
	// Mark says that the text began with a byte order mark.
	Mark bool
	// First is the first byte that is neither blank nor line break, 0 when there is none near the begin.
	First byte

	packed *unpacker
}

// Open looks at the begin of a source. A byte order mark says that it is UTF-8,
// whatever the encoding given. The caller closes the text.
func Open(source io.Reader, encoding Encoding) (*Text, error) {
	raw := bufio.NewReader(source)

	first, err := peek(raw)
	if err != nil {
		return nil, err
	}

	t := &Text{Compression: compressionOf(first), Encoding: encoding}
	if t.Encoding == "" {
		t.Encoding = UTF8
	}

	if t.packed, err = unpack(raw, t.Compression); err != nil {
		return nil, err
	}

	unpacked := bufio.NewReaderSize(t.packed, bufferBytes)
	if err := t.begin(unpacked); err != nil {
		t.Close()
		return nil, err
	}

	t.Reader = t.Encoding.decoded(unpacked)

	return t, nil
}

// bufferBytes is how much is unpacked at a time, and how far the first character of the text may be from its begin.
const bufferBytes = 32 << 10

// begin recognizes what is no text, and the byte order mark of what is.
func (t *Text) begin(unpacked *bufio.Reader) error {
	first, err := peek(unpacked)
	if err != nil {
		return err
	}

	if again := compressionOf(first); t.Compression != Plain && again != Plain {
		return FaultError(fmt.Sprintf("is compressed twice, with %s inside %s; unpack it once", again, t.Compression))
	}

	if reason := refusal(first); reason != "" {
		return FaultError(reason)
	}

	if strings.HasPrefix(string(first), ByteOrderMark) {
		_, _ = unpacked.Discard(len(ByteOrderMark)) // it is in the buffer already
		t.Mark, t.Encoding = true, UTF8
	}

	ahead, _ := unpacked.Peek(unpacked.Buffered()) // what is there, without waiting for more
	if text := strings.TrimLeft(string(ahead), " \t\r\n"); text != "" {
		t.First = text[0]
	}

	return nil
}

// peek returns the first bytes of a source, and ErrEmpty when there are none.
func peek(r *bufio.Reader) ([]byte, error) {
	first, err := r.Peek(longest)

	switch {
	case len(first) == 0 && errors.Is(err, io.EOF):
		return nil, ErrEmpty
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	default:
		return first, nil
	}
}

// Close ends unpacking; it does not close the source.
func (t *Text) Close() { t.packed.close() }
