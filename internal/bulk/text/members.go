package text

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// members reads what is packed with gzip, of which there can be several parts one behind the other, and passes over zeros
// behind the last: tapes and some transfers fill up with them, and gzip ignores them too.
type members struct {
	*gzip.Reader

	packed *bufio.Reader
}

func newMembers(packed io.Reader) (*members, error) {
	m := &members{packed: bufio.NewReader(packed)}

	var err error
	if m.Reader, err = gzip.NewReader(m.packed); err != nil {
		return nil, err //nolint:wrapcheck // the caller words it
	}

	m.Multistream(false)

	return m, nil
}

// Read reads what is unpacked.
func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.Reader.Read(p)
		if n > 0 || !errors.Is(err, io.EOF) {
			if errors.Is(err, io.EOF) {
				err = nil // there may be another part
			}

			return n, err //nolint:wrapcheck // the caller words it
		}

		if err := m.next(); err != nil {
			return 0, err
		}
	}
}

const (
	magic = "\x1f\x8b"

	errBehind = FaultError("has something behind its end that is not packed with gzip: it was damaged, or something was appended; " +
		"get it again, or look at what is packed, and if that is whole pack it anew: gzip -dc FILE | gzip > NEW.gz")
)

// next goes on with the next part, behind zeros.
func (m *members) next() error {
	for {
		first, err := m.packed.ReadByte()
		if err != nil {
			return err //nolint:wrapcheck // io.EOF has to stay io.EOF
		}

		if first != 0 {
			break
		}
	}

	_ = m.packed.UnreadByte() // it was just read

	if begin, _ := m.packed.Peek(len(magic)); len(begin) == len(magic) && string(begin) != magic {
		return errBehind
	}

	if err := m.Reset(m.packed); err != nil {
		return err //nolint:wrapcheck // the caller words it
	}

	m.Multistream(false)

	return nil
}
