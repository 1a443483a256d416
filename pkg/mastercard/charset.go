package mastercard

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"mime"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// utf8Text returns a body in UTF-8 and without a byte order mark. The mark tells
// the character set, else the Content-Type, else the zero bytes that UTF-16 has in
// what begins a JSON or XML text. Without any of them it is UTF-8.
func utf8Text(contentType string, body []byte) []byte {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return body[3:]
	case bytes.HasPrefix(body, []byte("\xff\xfe")):
		return fromUTF16(body[2:], binary.LittleEndian)
	case bytes.HasPrefix(body, []byte("\xfe\xff")):
		return fromUTF16(body[2:], binary.BigEndian)
	}

	switch charset := charsetOf(contentType); {
	case isLatin1(charset):
		return fromLatin1(body)
	case strings.HasPrefix(charset, "utf16") && json.Valid(body): // it is not
		return body
	case charset == "utf16" || charset == "utf16be":
		return fromUTF16(body, binary.BigEndian)
	case charset == "utf16le":
		return fromUTF16(body, binary.LittleEndian)
	case len(body) > 1 && body[0] == 0 && startsText(body[1]):
		return fromUTF16(body, binary.BigEndian)
	case len(body) > 1 && body[1] == 0 && startsText(body[0]):
		return fromUTF16(body, binary.LittleEndian)
	default:
		return body
	}
}

func startsText(c byte) bool { return strings.IndexByte("{[<\"", c) >= 0 }

// charsetOf returns the name of the character set, in lower case and without what is written in different ways.
func charsetOf(contentType string) string {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}

	return plainName(parameters["charset"])
}

func plainName(charset string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(charset))
}

func isLatin1(name string) bool {
	return name == "latin1" || name == "iso88591" || name == "windows1252" || name == "cp1252"
}

// fromLatin1 reads ISO 8859-1 as Windows-1252, as browsers do: no text has the control characters that differ.
func fromLatin1(body []byte) []byte {
	text, err := charmap.Windows1252.NewDecoder().Bytes(body)
	if err != nil { // it replaces what it cannot read
		return body
	}

	return text
}

func fromUTF16(body []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, 0, len(body)/2+1)
	for ; len(body) > 1; body = body[2:] {
		units = append(units, order.Uint16(body))
	}
	if len(body) > 0 {
		units = append(units, utf8.RuneError) // half a character: the text does not end where it should
	}

	return []byte(string(utf16.Decode(units)))
}

// xmlCharset reads the character set that an XML text names. What the answer's
// header or mark told is UTF-8 by now, whatever the text says.
func xmlCharset(charset string, text io.Reader) (io.Reader, error) {
	body, err := io.ReadAll(text)
	if err != nil {
		return nil, err
	}

	if isLatin1(plainName(charset)) && !utf8.Valid(body) {
		body = fromLatin1(body)
	}

	return bytes.NewReader(body), nil
}
