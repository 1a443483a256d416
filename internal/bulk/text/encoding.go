package text

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// Encoding is how a text's characters are written as bytes.
type Encoding string

// The encodings that are understood.
const (
	UTF8 Encoding = "utf-8"
	// Latin1 is Windows-1252: what Windows calls ANSI, and ISO 8859-1 apart from
	// control characters that no text has.
	Latin1 Encoding = "latin1"
)

// ParseEncoding reads an encoding by any of its usual names; "" is UTF-8.
func ParseEncoding(name string) (Encoding, error) {
	switch strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name)) {
	case "", "utf8":
		return UTF8, nil
	case "latin1", "iso88591", "windows1252", "cp1252", "ansi":
		return Latin1, nil
	default:
		return "", fmt.Errorf("encoding %q is not known; known are utf-8, and latin1 (which is read as Windows-1252)", name)
	}
}

// decoded reads a text of that encoding as UTF-8.
func (e Encoding) decoded(r io.Reader) io.Reader {
	if e == Latin1 {
		return charmap.Windows1252.NewDecoder().Reader(r)
	}

	return r
}
