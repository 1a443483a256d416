package keyfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	markUTF8    = "\xef\xbb\xbf"
	markUTF16LE = "\xff\xfe"
	markUTF16BE = "\xfe\xff"
	markUTF32LE = "\xff\xfe\x00\x00"
	markUTF32BE = "\x00\x00\xfe\xff"
)

// ReadText reads a file as Read does, and its text as Text does.
func ReadText(path string) ([]byte, error) {
	data, err := Read(path)
	if err != nil {
		return nil, err
	}

	return Text(data)
}

// Text returns a file's text in UTF-8, without the byte order mark that editors put before it, and from UTF-16, which
// PowerShell writes. Content that is no text is returned as it is.
func Text(data []byte) ([]byte, error) {
	text, err := utf8Of(data)

	switch {
	case err != nil:
		return nil, err
	case len(text) == 0:
		return nil, errors.New("it is empty")
	default:
		return text, nil
	}
}

func utf8Of(data []byte) ([]byte, error) {
	begins := func(mark string) bool { return bytes.HasPrefix(data, []byte(mark)) }

	switch {
	case begins(markUTF32LE), begins(markUTF32BE):
		return nil, errors.New("it is UTF-32: save it as UTF-8")
	case begins(markUTF8):
		return data[len(markUTF8):], nil
	case begins(markUTF16LE):
		return decodeUTF16(data[len(markUTF16LE):], binary.LittleEndian)
	case begins(markUTF16BE):
		return decodeUTF16(data[len(markUTF16BE):], binary.BigEndian)
	case zeros(data, 1):
		return decodeUTF16(data, binary.LittleEndian)
	case zeros(data, 0):
		return decodeUTF16(data, binary.BigEndian)
	default:
		return data, nil
	}
}

// zeros reports whether of each pair of bytes that one, and no other, is zero: ASCII in UTF-16 without a mark.
func zeros(data []byte, at int) bool {
	if len(data) < 2 || len(data)%2 != 0 {
		return false
	}

	for i, b := range data {
		if (b == 0) != (i%2 == at) {
			return false
		}
	}

	return true
}

func decodeUTF16(data []byte, order binary.ByteOrder) ([]byte, error) {
	if len(data)%2 != 0 {
		return nil, errors.New("it is UTF-16 of an odd number of bytes: it was cut off; save it again, as UTF-8")
	}

	units := make([]uint16, 0, len(data)/2)
	for ; len(data) > 0; data = data[2:] {
		units = append(units, order.Uint16(data))
	}

	text := make([]byte, 0, len(units))

	for _, r := range utf16.Decode(units) {
		if r == utf8.RuneError {
			return nil, errors.New("it begins like UTF-16 and is not: save it as UTF-8")
		}

		text = utf8.AppendRune(text, r)
	}

	return text, nil
}

// Password returns the first line of a file, without its line end. Spaces belong to it.
func Password(path string) (string, error) {
	data, err := Read(path)
	if err != nil {
		return "", err
	}
	defer clear(data)

	text, err := utf8Of(data)
	if err != nil {
		return "", err
	}
	defer clear(text)

	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))

	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return "", errors.New("its first line holds a zero byte, so it is no text: save the password as UTF-8")
	case !utf8.Valid(line):
		return "", errors.New("its first line is not UTF-8: save the password as UTF-8")
	default:
		return string(line), nil
	}
}
