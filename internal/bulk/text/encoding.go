package text

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is how a text's characters are written as bytes.
type Encoding string

// The encodings that are understood.
const (
	UTF8 Encoding = "utf-8"
	// Latin1 is Windows-1252: what Windows calls ANSI, and ISO 8859-1 apart from
	// control characters that no text has.
	Latin1 Encoding = "latin1"
	// UTF16LE and UTF16BE have two bytes a character, the lesser one first or last.
	UTF16LE Encoding = "utf-16le"
	UTF16BE Encoding = "utf-16be"
)

// ParseEncoding reads an encoding by any of its usual names; "" is UTF-8.
func ParseEncoding(name string) (Encoding, error) {
	switch strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name)) {
	case "", "utf8":
		return UTF8, nil
	case "latin1", "iso88591", "windows1252", "cp1252", "ansi":
		return Latin1, nil
	case "utf16le":
		return UTF16LE, nil
	case "utf16be":
		return UTF16BE, nil
	default:
		return "", fmt.Errorf("encoding %q is not known; known are utf-8, latin1 (which is read as Windows-1252), "+
			"utf-16le and utf-16be", name)
	}
}

// decoded reads a text of that encoding as UTF-8.
func (e Encoding) decoded(r io.Reader) io.Reader {
	switch e {
	case Latin1:
		return charmap.Windows1252.NewDecoder().Reader(r)
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Reader(&pairs{source: r})
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Reader(&pairs{source: r})
	case UTF8:
	}

	return r
}

// marks are what a text in each encoding begins with that says which it is. UTF-16 written by programs of Windows has one.
func marks() map[Encoding]string {
	return map[Encoding]string{UTF8: ByteOrderMark, UTF16LE: "\xff\xfe", UTF16BE: "\xfe\xff"}
}

// pairs reads bytes of which two are a character.
type pairs struct {
	source io.Reader
	odd    bool
}

func (p *pairs) Read(b []byte) (int, error) {
	n, err := p.source.Read(b)
	p.odd = p.odd != (n%2 == 1)

	if p.odd && errors.Is(err, io.EOF) {
		err = FaultError("ends in the middle of a character of UTF-16: it was not copied whole")
	}

	return n, err //nolint:wrapcheck // io.EOF has to stay io.EOF
}
