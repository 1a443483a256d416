// Package text makes UTF-8 text of the bytes of a source: unpacks it, reads
// over its byte order mark, decodes it, makes one kind of line ends, and says in a sentence why that cannot be.
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

// Text is a source as UTF-8 with lines that end in LF or CRLF. What claims to be UTF-8 is passed on as it is, valid or not.
type Text struct {
	io.Reader

	Compression Compression
	Encoding    Encoding
	// Mark says that the text began with a byte order mark.
	Mark bool
	// First is the first byte that is neither blank nor line break, 0 when there is none near the begin.
	First byte

	packed  *unpacker
	lines   *lineEnds
	watched *watched // nil where the text itself says its encoding
}

// Open looks at the begin of a source. A byte order mark says which Unicode encoding it has,
// whatever the encoding given. The caller closes the text.
func Open(source io.Reader, encoding Encoding) (*Text, error) {
	raw := bufio.NewReader(source)

	first, err := peek(raw, longest)
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

	if err := t.begin(bufio.NewReaderSize(t.packed, bufferBytes)); err != nil {
		t.Close()
		return nil, err
	}

	return t, nil
}

// bufferBytes is how much is unpacked at a time, and how far the first character of the text may be from its begin.
const bufferBytes = 32 << 10

// begin recognizes what is no text, and the byte order mark of what is, and decodes the text.
func (t *Text) begin(unpacked *bufio.Reader) error {
	first, err := peek(unpacked, sampleBytes)
	if err != nil {
		return err
	}

	if again := compressionOf(first); t.Compression != Plain && again != Plain {
		return FaultError(fmt.Sprintf("is compressed twice, with %s inside %s; unpack it once", again, t.Compression))
	}

	mark := ""

	for encoding, its := range marks() {
		if strings.HasPrefix(string(first), its) {
			t.Mark, t.Encoding, mark = true, encoding, its
		}
	}

	if reason := diagnosis(first, t.Encoding); reason != "" {
		return FaultError(reason)
	}

	_, _ = unpacked.Discard(len(mark)) // it is in the buffer already

	decoded := unpacked
	if t.Encoding != UTF8 {
		decoded = bufio.NewReaderSize(t.watch(t.Encoding.decoded(unpacked)), bufferBytes)
		_, _ = decoded.Peek(1) // its fault comes again when it is read
	}

	ahead, _ := decoded.Peek(decoded.Buffered()) // what is there, without waiting for more
	if text := strings.TrimLeft(string(ahead), " \t\r\n"); text != "" {
		t.First = text[0]
	}

	t.lines = &lineEnds{source: decoded}
	t.Reader = t.lines

	return nil
}

// watch keeps the first words of a text in an encoding that nothing in it confirms.
func (t *Text) watch(decoded io.Reader) io.Reader {
	if t.Encoding == UTF16LE || t.Encoding == UTF16BE {
		return decoded
	}

	t.watched = &watched{source: decoded}

	return t.watched
}

// peek returns the first bytes of a source, and ErrEmpty when there are none.
func peek(r *bufio.Reader, n int) ([]byte, error) {
	first, err := r.Peek(n)

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
