package bulk

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// begin reads over a byte order mark and recognizes by their first bytes what is no text.
func begin(source string, r *bufio.Reader) error {
	first, err := r.Peek(longestSignature)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading %s: %w", source, err)
	}

	if len(first) == 0 {
		return &FileError{Source: source, Reason: "is empty"}
	}

	for _, s := range signatures() {
		if bytes.HasPrefix(first, []byte(s.bytes)) {
			return &FileError{Source: source, Reason: s.reason}
		}
	}

	if bytes.HasPrefix(first, []byte(byteOrderMark)) {
		_, _ = r.Discard(len(byteOrderMark)) // it is in the buffer already
	}

	return nil
}

const (
	byteOrderMark    = "\xef\xbb\xbf"
	longestSignature = 4
)

type signature struct{ bytes, reason string }

func signatures() []signature {
	const (
		utf16       = "is UTF-16 text; save it as CSV UTF-8"
		compressed  = "is compressed; unpack it first"
		spreadsheet = "is a spreadsheet or an archive; save it as CSV UTF-8"
	)

	return []signature{
		{"\xff\xfe", utf16},
		{"\xfe\xff", utf16},
		{"\x1f\x8b", compressed},
		{"\x28\xb5\x2f\xfd", compressed},
		{"PK\x03\x04", spreadsheet},
		{"\xd0\xcf\x11\xe0", spreadsheet},
	}
}
