package text

import "bytes"

// longest is how many bytes are needed to tell what a source is.
const longest = 8

// ByteOrderMark is how a text says that it is UTF-8.
const ByteOrderMark = "\xef\xbb\xbf"

// signature is how a source begins that is no text.
type signature struct{ bytes, reason string }

func signatures() []signature {
	const (
		utf16       = "is UTF-16 text; save it as CSV UTF-8"
		packed      = "is compressed in a way that is not known here; unpack it first, or use gzip or zstd"
		spreadsheet = "is a spreadsheet or an archive; save it as CSV UTF-8"
	)

	return []signature{
		{"\xff\xfe", utf16},
		{"\xfe\xff", utf16},
		{"PK\x03\x04", spreadsheet},
		{"\xd0\xcf\x11\xe0", spreadsheet},
		{"\xfd7zXZ", packed},
		{"7z\xbc\xaf", packed},
		{"BZh", packed},
		{"\x04\x22\x4d\x18", packed}, // lz4
	}
}

// refusal is why a source with these first bytes cannot be read, or "".
func refusal(first []byte) string {
	for _, s := range signatures() {
		if bytes.HasPrefix(first, []byte(s.bytes)) {
			return s.reason
		}
	}

	return ""
}
